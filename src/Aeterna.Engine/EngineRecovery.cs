using System.Diagnostics;
using System.Globalization;
using Aeterna.Contract;
using Aeterna.Keeper;

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
        var relayed = before.Listeners.Sockets.Any(held => held.Input is Relay.StreamRelayState) ? "; the connections that it carried have ended" : "";
        var message = string.Create(
            CultureInfo.InvariantCulture,
            $"the engine died, and this one has gone on {(before.IsGone ? "without a process, which it starts again," : $"with generation {before.Generation.Number} (pid {before.Generation.Pid})")} {paused.TotalMilliseconds:F0} ms later{relayed}");
        context.Notices.Set(Subject, string.Create(CultureInfo.InvariantCulture, $"{context.Time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'}: {message}"));
        CloseRecord(context, before);
        context.Journal.Publish(new EventReport { Id = 0, Time = default, Type = EventType.Upgrade, FsmState = FsmState.Running, Message = message, Generation = before.Generation.Number });
    }

    private static void CloseRecord(EngineContext context, EngineState before)
    {
        if (context.Journal.Records() is not [{ FinishedAt: null } open, ..])
        {
            return;
        }

        var serves = before.Service.Generation;
        var (verdict, how) = open.NewGeneration == serves
            ? (Verdict.Succeeded, string.Create(CultureInfo.InvariantCulture, $"generation {serves} serves; the engine died before it had seen the end of this"))
            : (Verdict.RolledBack, string.Create(CultureInfo.InvariantCulture, $"the engine died meanwhile: {(before.IsGone ? "the command of before is started again" : $"generation {serves} serves on")}"));
        var closed = open with { Verdict = verdict, Message = how, FinishedAt = context.Time.GetUtcNow() };
        context.Journal.Save(closed);
        context.Journal.Publish(new EventReport
        {
            Id = 0,
            Time = default,
            Type = EventType.Finished,
            FsmState = FsmState.Running,
            Message = $"{closed.Kind} {verdict}: {how}",
            Record = closed,
            Generation = serves,
        });
    }
}
