using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Health;
using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;
using Aeterna.Machine.Plans;

namespace Aeterna.Orchestration;

/// <summary>Puts a soak together from a plan and the two generations.</summary>
internal sealed class SoakMaker(TimeProvider time, ITraffic traffic, IListenerTable listeners)
{
    /// <param name="effect">What is asked for.</param>
    /// <param name="candidate">Who is watched.</param>
    /// <param name="active">Whom it is compared with; null when that one is gone.</param>
    /// <param name="command">Runs the command of a command probe.</param>
    /// <param name="observed">Told of each probe.</param>
    /// <param name="roundPassed">Told of the first good round of a whole soak.</param>
    public Soak Make(
        BeginSoak effect,
        IGeneration candidate,
        IGeneration? active,
        RunCommand command,
        Action<SoakReport, ProbeReport?> observed,
        Action roundPassed)
    {
        var plan = effect.Plan.Orchestration;
        List<IProbe> probes = [new ProcessProbe(() => Death(candidate))];
        UsageWindow? window = null;
        if (!effect.LivenessOnly)
        {
            probes.AddRange(HealthChecks(plan.Canary.HealthCheck, command));
            if (active is not null)
            {
                var began = time.GetTimestamp();
                window = new UsageWindow(() =>
                {
                    var at = time.GetElapsedTime(began);
                    return new UsageSample(at, Of(candidate), active.IsFrozen ? AsItWas(active, at) : Of(active));
                });
                probes.AddRange(LimitProbe.For(plan.Canary, window));
            }
        }

        var once = effect.LivenessOnly || effect.OneRound;
        if (!effect.LivenessOnly || effect.OneRound)
        {
            probes.Insert(1, new InputProbe(() => traffic.Leftovers(candidate.Number), candidate.Activity, time));
            probes.Insert(2, new ConnectionsProbe(() => traffic.Connections(candidate.Number), () => active is null ? default : traffic.Connections(active.Number)));
            probes.Insert(3, new ListeningProbe(() => AttendanceIn(candidate), () => active is null ? null : AttendanceIn(active), time));
        }

        var interval = (plan.Canary.HealthCheck ?? new HealthCheckPlan()).Interval;
        return new Soak(probes, window, once ? TimeSpan.Zero : plan.Canary.SoakTime, interval, time)
        {
            Observed = observed,
            RoundPassed = once ? null : roundPassed,
        };
    }

    private IEnumerable<IProbe> HealthChecks(HealthCheckPlan? plan, RunCommand command)
    {
        if (plan?.HttpGet is { } uri)
        {
            yield return new HttpProbe(uri, plan, time);
        }

        if (plan?.TcpConnect is { } address)
        {
            yield return new ConnectProbe(address, plan, time);
        }

        if (plan?.Command is { } words)
        {
            yield return new CommandProbe(words, plan, command);
        }
    }

    private static string? Death(IGeneration generation) =>
        generation.Exited is { IsCompletedSuccessfully: true, Result: var exit } ? ExitSentence.Of(exit) : null;

    // Null: it serves nothing.
    private Attendance? AttendanceIn(IGeneration generation)
    {
        var sockets = listeners.GivenTo(generation.Number).Where(socket => socket.Works).Select(socket => socket.Inode).ToHashSet();
        return sockets.Count == 0 ? null : generation.Attendance(sockets);
    }

    // One that is parked uses no processor. It is taken to go on as it did on average, so that the limit means what it says.
    private Usage AsItWas(IGeneration parked, TimeSpan at)
    {
        var usage = Of(parked);
        var age = time.GetUtcNow() - parked.StartedAt;
        return usage with { Cpu = age > TimeSpan.Zero ? usage.Cpu / age * at : usage.Cpu };
    }

    private static Usage Of(IGeneration generation)
    {
        var usage = generation.Usage();
        return new Usage(usage.RssBytes, usage.Cpu, usage.Fds);
    }
}
