using Aeterna.Load.Accounts;
using Aeterna.Load.Messages;
using Aeterna.Load.Running;
using Aeterna.Load.Verification;

namespace Aeterna.Demo;

/// <summary>What the clients of one part of the demo saw, and what was written.</summary>
/// <param name="Load">What was sent and seen.</param>
/// <param name="Found">What the output files hold.</param>
/// <param name="Lost">Each lost message, with the time at which it was sent.</param>
/// <param name="Kills">When a process was killed with kill -9, on the load's clock.</param>
internal sealed record Outcome(
    LoadReport Load, VerificationReport Found, IReadOnlyList<(Protocol Protocol, TimeSpan SentAt)> Lost, IReadOnlyList<TimeSpan> Kills)
{
    // What a process had read and not written dies with it, whoever started it. It was sent at most this long before the kill.
    private static readonly TimeSpan _before = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _after = TimeSpan.FromMilliseconds(50);

    /// <summary>Messages that a kill -9 cannot explain.</summary>
    public long LostOf(params Protocol[] protocols) =>
        Lost.LongCount(l => protocols.Contains(l.Protocol) && !DiedWithProcess(l.SentAt));

    /// <summary>Messages that a killed process had read and not written.</summary>
    public long LostByKill => Lost.LongCount(l => DiedWithProcess(l.SentAt));

    /// <summary>Connections that broke.</summary>
    public long Reset => Load.Senders.SelectMany(s => s.Mishaps).LongCount(m => m.Kind is MishapKind.Reset or MishapKind.ClosedByPeer);

    /// <summary>Lines that are no message, but the one that a killed process was just writing.</summary>
    public long Torn => Math.Max(0, Found.Torn - Kills.Count);

    public long Sum(Func<SenderReport, long> count) => Load.Senders.Sum(count);

    /// <summary>The same over the TCP senders alone.</summary>
    public long SumTcp(Func<SenderReport, long> count) =>
        Load.Senders.Where(s => s.Protocol is Protocol.TcpShort or Protocol.TcpLong).Sum(count);

    public double LongestConnectMs => Load.Senders.Where(s => s.Protocol is Protocol.TcpShort or Protocol.TcpLong).Max(s => s.LongestMs);

    private bool DiedWithProcess(TimeSpan sentAt) => Kills.Any(kill => sentAt > kill - _before && sentAt < kill + _after);
}
