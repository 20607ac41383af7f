using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Health;
using Aeterna.Listeners;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration.Switching;

namespace Aeterna.Orchestration;

/// <summary>What the loop knew when it handed work out.</summary>
/// <param name="Facts">Of the open record; null when none is open.</param>
/// <param name="LastServed">The last generation that died while it served.</param>
internal sealed record WorkContext(AttemptFacts? Facts, Predecessor? LastServed);

/// <summary>One work: what it answers, or null when it has posted that already.</summary>
internal delegate Task<MachineEvent?> Doing(WorkContext context, CancellationToken cancel);

/// <summary>How each <see cref="Work"/> is done, outside the loop.</summary>
internal sealed class Workshop(OrchestratorOptions options, GenerationRoster roster) : IWorkshop<Doing>
{
    private readonly CommandRound _commands = new(options.Commands, options.Logger);
    private readonly SoakMaker _soaks = new(options.Time, options.Traffic, options.Listeners);
    private readonly StateWork _state = new(options, roster);
    private readonly RestWatch _rest = new(options.Traffic, options.Time);
    private volatile Soak? _soak;
    private volatile int _promoted;

    /// <summary>Told of the process of a launch as soon as it exists, and before its end can be.</summary>
    public required Action<MachineEvent> Post { get; init; }

    /// <summary>Told of each probe.</summary>
    public required Action<int, SoakReport, ProbeReport?> Observed { get; init; }

    /// <summary>Ends the time of a candidate's soak; one that has to begin anew for some reason, too.</summary>
    public void EndSoak(int generation)
    {
        _promoted = generation;
        _soak?.End();
    }

    public Doing Do(ReadConfiguration work) => (_, _) => Task.FromResult<MachineEvent?>(Read(work));

    public Doing Do(InspectProgram work) => (context, cancel) => Inspect(work, context, cancel);

    public Doing Do(RunPreFlight work) => (context, cancel) => PreFlight(work, context, cancel);

    public Doing Do(Launch work) => (_, _) => Task.FromResult<MachineEvent?>(Start(work));

    public Doing Do(AwaitReady work) => (context, cancel) => Await(work, context, cancel);

    public Doing Do(WarmUp work) => (_, cancel) => Warm(work, cancel);

    public Doing Do(BeginHandoff work) => (context, cancel) => _state.HandOff(work, context, cancel);

    public Doing Do(BeginSoak work) => (context, cancel) => Watch(work, context, cancel);

    public Doing Do(BeginSwitch work) => (_, cancel) => Switch(work, cancel);

    public Doing Do(RunHooks work) => (context, cancel) => Hooks(work, context, cancel);

    public Doing Do(Drain work) => (_, _) => End(work);

    public Doing Do(Discard work) => async (_, _) => await roster.Discard(work.Generation).ConfigureAwait(false);

    private MachineEvent Read(ReadConfiguration work)
    {
        var (plan, findings) = options.ReadPlan();
        if (plan is not null)
        {
            return plan.Service.Name == options.FirstPlan.Service.Name
                ? new ConfigurationRead(work.Attempt, plan, findings)
                : Renamed(work, plan);
        }

        var first = findings.FirstOrDefault(finding => finding.Severity == FindingSeverity.Error);
        return new ConfigurationBad(
            work.Attempt, $"cannot use the configuration: {first?.ToString() ?? "no reason was given"}", findings);
    }

    // Its run directory, control socket and history go by the name, and they outlive a reload.
    private ConfigurationBad Renamed(ReadConfiguration work, Plan plan)
    {
        var finding = new Finding
        {
            Severity = FindingSeverity.Error,
            File = plan.SourcePath,
            Line = 1,
            Column = 1,
            Code = FindingCode.NameChanged,
            Message = $"service.name is \"{plan.Service.Name}\", and this engine runs \"{options.FirstPlan.Service.Name}\"",
            Hint = "stop the service and start it under its new name",
        };
        return new ConfigurationBad(work.Attempt, $"cannot use the configuration: {finding}", [finding]);
    }

    private async Task<MachineEvent?> Inspect(InspectProgram work, WorkContext context, CancellationToken cancel)
    {
        var file = await ProgramFile.Inspect(work.Plan.Service, options.Environment, cancel).ConfigureAwait(false);
        var choice = Choice(work.Plan, context);
        if (file.Problem is null && work.Plan.Orchestration.PreFlight.Count == 0)
        {
            await AwaitOutside(choice, work.Plan, cancel).ConfigureAwait(false);
        }

        return new ProgramInspected(work.Attempt, file.Problem ?? (work.Forced ? null : Lacks(work.Plan, choice, context)), file.Path, file.Sha256, choice, file.Program);
    }

    /// <summary>What the new one would surely not bind: with one after the other it would come out only when the old one has ended, and all clients wait.</summary>
    private string? Lacks(Plan plan, TrafficChoice? choice, WorkContext context)
    {
        if (choice is not { Traffic: Traffic.Sequential } || plan.Service.Profile.Binds is not { } binds || context.Facts?.OldPid is not { } pid || roster.Of(pid) is not { } active)
        {
            return null;
        }

        var required = ReadinessRules.For(plan, roster.Describe(active), roster.PlanOf(active), mustReplaceAll: true).MustBind;
        List<ListenerAddress> missing = [.. required.Where(address => binds(plan.Service, address) == false)];
        return missing.Count == 0 ? null
            : $"nothing in the configuration of {plan.Service.Name} binds {string.Join(", ", missing)}, and generation {active} would have to end before another one starts (if that is intended, force the reload)";
    }

    // Two are never there at once then, and while neither is, nobody is served: so the daemon serves those that it has before.
    private async Task AwaitOutside(TrafficChoice? choice, Plan plan, CancellationToken cancel)
    {
        if (choice is { Traffic: Traffic.Sequential } && roster is { Outside: not null, Door: { } door })
        {
            await Task.Factory.StartNew(
                () => door.AwaitNone(plan.Orchestration.Drain.Timeout, () => cancel.IsCancellationRequested),
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    private TrafficChoice? Choice(Plan plan, WorkContext context)
    {
        var choice = TrafficRules.Before(plan, () => Footprint(context));
        return roster.Outside is { Sockets: var sockets } ? OutsideRules.Before(choice, sockets.AllDirected, sockets.AnyDirected) : choice;
    }

    private string? Footprint(WorkContext context) =>
        context.Facts?.OldPid is { } pid && roster.Of(pid) is { } number ? roster.Find(number)?.Footprint() : null;

    private async Task<MachineEvent?> PreFlight(RunPreFlight work, WorkContext context, CancellationToken cancel)
    {
        var service = work.Plan.Service;
        var environment = (context.Facts! with { Generation = work.Generation }).Environment(service, null);
        var failures = await _commands
            .Run("pre_flight", work.Plan.Orchestration.PreFlight, service, environment, work.StopAtBlocking, cancel)
            .ConfigureAwait(false);
        if (!failures.Any(failure => failure.Blocking))
        {
            await AwaitOutside(roster.Outside is null ? null : Choice(work.Plan, context), work.Plan, cancel).ConfigureAwait(false);
        }

        return new PreFlightEnded(work.Attempt, failures);
    }

    private async Task<MachineEvent?> Hooks(RunHooks work, WorkContext context, CancellationToken cancel)
    {
        var service = work.Plan.Service;
        var environment = context.Facts!.Environment(service, work.Verdict);
        var failures = await _commands
            .Run("post_process", work.Hooks, service, environment, stopAtBlocking: false, cancel)
            .ConfigureAwait(false);
        return new HooksEnded(work.Attempt, failures);
    }

    private LaunchFailed? Start(Launch work)
    {
        IGeneration generation;
        try
        {
            options.State?.Prepare(work.Plan);
            generation = roster.Launch(work, options.State?.SocketFor(work.Plan));
        }
        catch (Exception e) when (e is StartException or ListenerException)
        {
            return new LaunchFailed(work.Generation, e.Message);
        }

        Post(new Launched(generation.Number, generation.Pid));
        Know(generation);
        return null;
    }

    /// <summary>Tells of what a generation does by itself, from here on.</summary>
    public void Know(IGeneration generation)
    {
        generation.MainMoved += () => Post(new MainMoved(generation.Number, generation.Pid));
        Follow(generation);
    }

    /// <summary>Tells of a generation's end.</summary>
    public void Follow(IGeneration generation) => _ = Report(generation);

    private async Task Report(IGeneration generation) =>
        Post(new Exited(generation.Number, await generation.Exited.ConfigureAwait(false)) { Why = generation.FailedBind });

    private async Task<MachineEvent?> Await(AwaitReady work, WorkContext context, CancellationToken cancel)
    {
        if (roster.Find(work.Generation) is not { } generation)
        {
            return new NotReady(work.Generation, "it is gone");
        }

        var alive = work.Predecessor is { } number ? roster.Describe(number) : null;
        var predecessor = alive ?? (context.LastServed?.Number == work.Predecessor ? context.LastServed : null);
        var requirement = ReadinessRules.For(
            work.Plan, predecessor, work.PredecessorPlan,
            mustReplaceAll: (alive is not null || work.Displaced) && !work.Forced);
        return await _state.Await(
            generation, requirement, mayWaitForState: alive is not null && work.Plan.Orchestration.StateHandoff.Enabled, () => Choose(work, generation), cancel)
            .ConfigureAwait(false);
    }

    private TrafficChoice? Choose(AwaitReady work, IGeneration candidate)
    {
        var active = work.Predecessor is { } number ? roster.Find(number) : null;
        var choice = active is null && work.Traffic is null ? null : TrafficRules.Finally(
            work.Traffic, active?.FilesWritten() ?? new HashSet<string>(), candidate.FilesWritten(), options.Traffic.IsDirected);
        return roster.Outside is { Sockets.AnyDirected: var directed } ? OutsideRules.Finally(choice, directed) : choice;
    }

    private Task<MachineEvent?> Switch(BeginSwitch work, CancellationToken hasten) => Task.Factory.StartNew<MachineEvent?>(
        () =>
        {
            var (from, to) = (roster.Find(work.From), roster.Find(work.To));
            if (from is null || to is null)
            {
                return new SwitchEnded(work.From, work.To, new SwitchResult(SwitchOutcome.Refused, "one of the two is gone"));
            }

            if (roster.SwitchFromOutside(from, to, work, hasten) is { } takeover)
            {
                return new SwitchEnded(work.From, work.To, takeover.Forward());
            }

            var way = new TrafficSwitch(
                options.Traffic, _rest, options.Time, from, to, roster.FlushSignal(work.From), work.Timeout, hasten)
            {
                Reopen = roster.ReopenSignal(work.To),
                Forced = work.Forced,
            };
            return new SwitchEnded(work.From, work.To, work.Back ? way.Back() : way.Forward());
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private async Task<MachineEvent?> Warm(WarmUp work, CancellationToken cancel)
    {
        await Task.Delay(Patience.Bound(work.Delay), options.Time, cancel).ConfigureAwait(false);
        return new WarmedUp(work.Generation);
    }

    // What has changed since the snapshot goes over before the old generation is told to end.
    private async Task<MachineEvent?> End(Drain work)
    {
        if (await _state.Final(work.Generation).ConfigureAwait(false) is { } done)
        {
            Post(done);
        }

        return await roster.Drain(work).ConfigureAwait(false);
    }

    private async Task<MachineEvent?> Watch(BeginSoak work, WorkContext context, CancellationToken cancel)
    {
        if (roster.Find(work.Generation) is not { } candidate)
        {
            return new SoakEnded(work.Generation, "it is gone");
        }

        var service = work.Plan.Service;
        var environment = context.Facts!.Environment(service, null);
        RunCommand run = (command, timeout, token) => _commands.Probe(command, timeout, service, environment, token);
        var soak = _soaks.Make(
            work, candidate, work.Active is { } active ? roster.Find(active) : null, run,
            (report, probe) => Observed(work.Generation, report, probe),
            () => Post(new RoundPassed(work.Generation)));
        _soak = soak;
        if (_promoted == work.Generation)
        {
            soak.End();
        }

        return new SoakEnded(work.Generation, await soak.Run(cancel).ConfigureAwait(false) ?? Lost(work, candidate, context));
    }

    // At the last moment before the commit: what was served has to be, whatever the program has done since it was ready.
    private string? Lost(BeginSoak work, IGeneration candidate, WorkContext context)
    {
        var before = work.Active is { } active ? roster.DescribeServing(active) : context.LastServed;
        return roster.Lost(candidate, before);
    }
}
