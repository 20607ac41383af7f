using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Health;
using Aeterna.Listeners;
using Aeterna.Orchestration.Machine;

namespace Aeterna.Orchestration;

/// <summary>What the loop knew when it handed work out.</summary>
/// <param name="Facts">Of the open record; null when none is open.</param>
/// <param name="LastServed">The last generation that died while it served.</param>
internal sealed record WorkContext(AttemptFacts? Facts, Predecessor? LastServed);

/// <summary>Does the work behind the effects, outside the loop, and returns the event that answers it.</summary>
internal sealed class EffectWork(OrchestratorOptions options, GenerationRoster roster)
{
    private readonly CommandRound _commands = new(options.Commands, options.Logger);
    private readonly SoakMaker _soaks = new(options.Time);
    private readonly StateWork _state = new(options, roster);
    private readonly RestWatch _rest = new(options.Traffic, options.Time);

    /// <summary>Told of the process of a launch as soon as it exists, and before its end can be.</summary>
    public required Action<MachineEvent> Post { get; init; }

    /// <summary>Told of each probe.</summary>
    public required Action<int, SoakReport, ProbeReport?> Observed { get; init; }

    /// <summary>Whether an effect is work for <see cref="Do"/>.</summary>
    public static bool Has(Effect effect) => effect is ReadConfiguration or InspectProgram or RunPreFlight or Launch or AwaitReady
        or WarmUp or BeginHandoff or BeginSoak or BeginSwitch or RunHooks or Drain or Discard;

    /// <returns>The answer; null when it has been posted already.</returns>
    public async Task<MachineEvent?> Do(Effect effect, WorkContext context, CancellationToken cancel) => effect switch
    {
        ReadConfiguration e => Read(e),
        InspectProgram e => await Inspect(e, context, cancel).ConfigureAwait(false),
        RunPreFlight e => await PreFlight(e, context, cancel).ConfigureAwait(false),
        Launch e => Start(e),
        AwaitReady e => await Await(e, context, cancel).ConfigureAwait(false),
        WarmUp e => await Warm(e, cancel).ConfigureAwait(false),
        BeginHandoff e => await _state.HandOff(e, context, cancel).ConfigureAwait(false),
        BeginSoak e => await Watch(e, context, cancel).ConfigureAwait(false),
        BeginSwitch e => await Switch(e, cancel).ConfigureAwait(false),
        RunHooks e => await Hooks(e, context, cancel).ConfigureAwait(false),
        Drain e => await End(e).ConfigureAwait(false),
        Discard e => await roster.Discard(e.Generation).ConfigureAwait(false),
        _ => throw new ArgumentException($"{effect} is no work", nameof(effect)),
    };

    private MachineEvent Read(ReadConfiguration effect)
    {
        var (plan, findings) = options.ReadPlan();
        if (plan is not null)
        {
            return plan.Service.Name == options.FirstPlan.Service.Name
                ? new ConfigurationRead(effect.Attempt, plan, findings)
                : Renamed(effect, plan);
        }

        var first = findings.FirstOrDefault(finding => finding.Severity == "error");
        return new ConfigurationBad(
            effect.Attempt, $"cannot use the configuration: {first?.ToString() ?? "no reason was given"}", findings);
    }

    // Its run directory, control socket and history go by the name, and they outlive a reload.
    private ConfigurationBad Renamed(ReadConfiguration effect, Plan plan)
    {
        var finding = new Finding
        {
            Severity = "error",
            File = plan.SourcePath,
            Line = 1,
            Column = 1,
            Code = "name_changed",
            Message = $"service.name is \"{plan.Service.Name}\", and this engine runs \"{options.FirstPlan.Service.Name}\"",
            Hint = "stop the service and start it under its new name",
        };
        return new ConfigurationBad(effect.Attempt, $"cannot use the configuration: {finding}", [finding]);
    }

    private async Task<MachineEvent> Inspect(InspectProgram effect, WorkContext context, CancellationToken cancel)
    {
        var file = await ProgramFile.Inspect(effect.Plan.Service, options.Environment, cancel).ConfigureAwait(false);
        return new ProgramInspected(effect.Attempt, file.Problem, file.Path, file.Sha256, TrafficRules.Before(effect.Plan, () => Footprint(context)));
    }

    private string? Footprint(WorkContext context) =>
        context.Facts?.OldPid is { } pid && roster.Of(pid) is { } number ? roster.Find(number)?.Footprint() : null;

    private async Task<MachineEvent> PreFlight(RunPreFlight effect, WorkContext context, CancellationToken cancel)
    {
        var service = effect.Plan.Service;
        var environment = (context.Facts! with { Generation = effect.Generation }).Environment(service, null);
        var failures = await _commands
            .Run("pre-flight", effect.Plan.Orchestration.PreFlight, service, environment, effect.StopAtBlocking, cancel)
            .ConfigureAwait(false);
        return new PreFlightEnded(effect.Attempt, failures);
    }

    private async Task<MachineEvent> Hooks(RunHooks effect, WorkContext context, CancellationToken cancel)
    {
        var service = effect.Plan.Service;
        var environment = context.Facts!.Environment(service, effect.Verdict);
        var failures = await _commands
            .Run("post_process", effect.Hooks, service, environment, stopAtBlocking: false, cancel)
            .ConfigureAwait(false);
        return new HooksEnded(effect.Attempt, failures);
    }

    private LaunchFailed? Start(Launch effect)
    {
        IGeneration generation;
        try
        {
            options.State?.Prepare(effect.Plan);
            generation = roster.Launch(effect.Generation, effect.Plan, options.State?.SocketFor(effect.Plan));
        }
        catch (Exception e) when (e is StartException or ListenerException)
        {
            return new LaunchFailed(effect.Generation, e.Message);
        }

        generation.MainMoved += () => Post(new MainMoved(generation.Number, generation.Pid));
        Post(new Launched(generation.Number, generation.Pid));
        _ = Report(generation);
        return null;
    }

    private async Task Report(IGeneration generation) =>
        Post(new Exited(generation.Number, await generation.Exited.ConfigureAwait(false)));

    private async Task<MachineEvent> Await(AwaitReady effect, WorkContext context, CancellationToken cancel)
    {
        if (roster.Find(effect.Generation) is not { } generation)
        {
            return new NotReady(effect.Generation, "it is gone");
        }

        var alive = effect.Predecessor is { } number ? roster.Describe(number) : null;
        var predecessor = alive ?? (context.LastServed?.Number == effect.Predecessor ? context.LastServed : null);
        var requirement = ReadinessRules.For(
            effect.Plan, predecessor, effect.PredecessorPlan,
            mustReplaceAll: (alive is not null || effect.Displaced) && !effect.Forced);
        return await _state.Await(
            generation, requirement, mayWaitForState: alive is not null && effect.Plan.Orchestration.StateHandoff.Enabled, () => Choose(effect, generation), cancel)
            .ConfigureAwait(false);
    }

    private TrafficChoice? Choose(AwaitReady effect, IGeneration candidate)
    {
        var active = effect.Predecessor is { } number ? roster.Find(number) : null;
        return active is null && effect.Traffic is null ? null : TrafficRules.Finally(
            effect.Traffic, active?.FilesWritten() ?? new HashSet<string>(), candidate.FilesWritten(), options.Traffic.IsDirected);
    }

    private Task<SwitchEnded> Switch(BeginSwitch effect, CancellationToken hasten) => Task.Factory.StartNew(
        () =>
        {
            var (from, to) = (roster.Find(effect.From), roster.Find(effect.To));
            if (from is null || to is null)
            {
                return new SwitchEnded(effect.From, effect.To, new SwitchResult(SwitchOutcome.Refused, "one of the two is gone"));
            }

            var way = new TrafficSwitch(
                options.Traffic, _rest, options.Time, from, to, roster.FlushSignal(effect.From), effect.Timeout, hasten)
            {
                Reopen = roster.ReopenSignal(effect.To),
                Forced = effect.Forced,
            };
            return new SwitchEnded(effect.From, effect.To, effect.Back ? way.Back() : way.Forward());
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private async Task<MachineEvent> Warm(WarmUp effect, CancellationToken cancel)
    {
        await Task.Delay(Patience.Bound(effect.Delay), options.Time, cancel).ConfigureAwait(false);
        return new WarmedUp(effect.Generation);
    }

    // What has changed since the snapshot goes over before the old generation is told to end.
    private async Task<Gone> End(Drain effect)
    {
        if (await _state.Final(effect.Generation).ConfigureAwait(false) is { } done)
        {
            Post(done);
        }

        return await roster.Drain(effect).ConfigureAwait(false);
    }

    private async Task<MachineEvent> Watch(BeginSoak effect, WorkContext context, CancellationToken cancel)
    {
        if (roster.Find(effect.Generation) is not { } candidate)
        {
            return new SoakEnded(effect.Generation, "it is gone");
        }

        var service = effect.Plan.Service;
        var environment = context.Facts!.Environment(service, null);
        RunCommand run = (command, timeout, token) => _commands.Probe(command, timeout, service, environment, token);
        var soak = _soaks.Make(
            effect, candidate, effect.Active is { } active ? roster.Find(active) : null, run,
            (report, probe) => Observed(effect.Generation, report, probe));
        return new SoakEnded(effect.Generation, await soak.Run(cancel).ConfigureAwait(false) ?? Lost(effect, candidate, context));
    }

    // At the last moment before the commit: what was served has to be, whatever the program has done since it was ready.
    private string? Lost(BeginSoak effect, IGeneration candidate, WorkContext context)
    {
        var before = effect.Active is { } active ? roster.DescribeServing(active) : context.LastServed;
        return roster.Lost(candidate, before);
    }
}
