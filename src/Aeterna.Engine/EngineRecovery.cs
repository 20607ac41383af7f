using System.Diagnostics;
using System.Globalization;
using Aeterna.Broker;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Keeper;
using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Machine.Plans;
using Aeterna.Relay;

namespace Aeterna;

/// <summary>Tells of an engine that has died, by the one that has gone on in its place.</summary>
internal static class EngineRecovery
{
    private const string Subject = "engine";

    /// <summary>Says it in the status, as an event and in the log; and what became of an attempt that was under way.</summary>
    /// <param name="context">The engine's.</param>
    /// <param name="before">What the dead one has left.</param>
    /// <param name="diedAt">When it was found dead (CLOCK_MONOTONIC, ns).</param>
    public static void Tell(EngineContext context, EngineState before, long diedAt)
    {
        var paused = TimeSpan.FromMilliseconds((Stopwatch.GetTimestamp() - diedAt) / 1e6);
        var relayed = context.Connections is { } said ? $"; {said}" : "";
        var message = string.Create(
            CultureInfo.InvariantCulture,
            $"the engine died, and this one has gone on {(before.IsGone ? "without a process, which it starts again," : $"with generation {before.Generation.Number} (pid {before.Generation.Pid})")} {paused.TotalMilliseconds:F0} ms later{relayed}");
        context.Notices.Set(Subject, string.Create(CultureInfo.InvariantCulture, $"{context.Time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'}: {message}"));
        CloseRecord(context, before);
        context.Journal.Publish(new EventReport { Id = 0, Time = default, Type = EventType.Upgrade, FsmState = StateOf(before), Message = message, Generation = before.Generation.Number });
    }

    /// <summary>The ledger with the relayed connections, as far as they go on.</summary>
    /// <param name="context">The engine's, which is told how they are.</param>
    /// <param name="before">What the dead one has left.</param>
    /// <param name="bytes">Gets what they hold.</param>
    public static EngineState WithConnections(EngineContext context, EngineState before, LedgerBytes bytes)
    {
        if (before.Kept is not { } kept)
        {
            return before;
        }

        var makesAgain = context.Plan.Relay.Doubtful == DoubtfulPolicy.Resend;
        using var recovery = new KeptRecovery(kept, bytes, before.Service.Generation, makesAgain, before.IsGone ? new Dictionary<ulong, (int, int)>() : Had(before.Generation));
        recovery.Sort([.. before.Listeners.Sockets.Where(held => held.Input is StreamRelayState).Select(held => held.Fd).OfType<int>()]);
        var listeners = before.Listeners with
        {
            Sockets = [.. before.Listeners.Sockets.Select(held => held is { Input: StreamRelayState streams, Fd: { } fd } ? held with { Input = recovery.Recover(streams, fd) } : held)],
        };
        context.Unneeded = recovery.Unneeded;
        if (recovery.Count + recovery.Ended > 0)
        {
            context.Connections = string.Create(
                CultureInfo.InvariantCulture,
                $"{recovery.Count} relayed connections go on{(recovery.Ended > 0 ? $", {recovery.Ended} had to end" : "")}{(recovery.Doubtful > 0 ? $"; {recovery.Doubtful} writes of which it is not known whether they were made are {(makesAgain ? "made again" : "left")}" : "")}");
        }

        return before with
        {
            Listeners = listeners,
            Generation = before.Generation with
            {
                Broker = before.Generation.Broker with { Legs = [.. recovery.Given.Select(given => new GivenLegState(given.Process, given.Number, given.OwnEnd))] },
            },
        };
    }

    /// <summary>The sockets that the generation's processes have where relayed connections are.</summary>
    private static Dictionary<ulong, (int Process, int Number)> Had(GenerationState generation)
    {
        Dictionary<ulong, (int, int)> had = [];
        var processes = new ProcessSet(generation.Processes.Group is { } path ? Cgroup.At(path) : null, generation.Processes.Main, generation.Processes.InstanceDirectory);
        foreach (var pid in processes.Pids())
        {
            foreach (var number in ProcFs.Descriptors(pid).Where(number => number >= generation.Broker.FirstLeg))
            {
                if (ProcFs.SocketInode(pid, number) is { } inode)
                {
                    had[inode] = (pid, number);
                }
            }
        }

        return had;
    }

    private static string StateOf(EngineState before) => before.IsGone ? FsmState.Pending : FsmState.Running;

    private static void CloseRecord(EngineContext context, EngineState before)
    {
        if (context.Journal.Records() is not [{ FinishedAt: null } open, ..])
        {
            return;
        }

        var serves = before.Service.Generation;
        var (verdict, how) = open.NewGeneration == serves && before.IsGone
            ? (Verdict.Failed, string.Create(CultureInfo.InvariantCulture, $"the engine died meanwhile, and generation {serves} has ended: its command is started again"))
            : open.NewGeneration == serves
            ? (Verdict.Succeeded, string.Create(CultureInfo.InvariantCulture, $"generation {serves} serves; the engine died before it had seen the end of this"))
            : (Verdict.RolledBack, string.Create(CultureInfo.InvariantCulture, $"the engine died meanwhile: {(before.IsGone ? "the command of before is started again" : $"generation {serves} serves on")}"));
        var closed = open with { Verdict = verdict, Message = how, FinishedAt = context.Time.GetUtcNow() };
        context.Journal.Save(closed);
        context.Journal.Publish(new EventReport
        {
            Id = 0,
            Time = default,
            Type = EventType.Finished,
            FsmState = StateOf(before),
            Message = $"{closed.Kind} {verdict}: {how}",
            Record = closed,
            Generation = serves,
        });
    }
}
