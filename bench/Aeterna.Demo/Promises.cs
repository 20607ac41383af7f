using Aeterna.Load.Messages;

namespace Aeterna.Demo;

/// <summary>One number that must not be more than what is promised.</summary>
internal sealed record Promise(string Text, Func<Outcome, long> Measure, long AtMost = 0);

/// <summary>What the demo's exit code stands for. What is not in this table is printed and not promised.</summary>
internal static class Promises
{
    public static IReadOnlyList<Promise> All { get; } =
    [
        new("connects refused", o => o.SumTcp(s => s.Refused)),
        new("connects timed out", o => o.SumTcp(s => s.TimedOut)),
        new("connections reset", o => o.Reset),
        new("connections left open by the service", o => o.SumTcp(s => s.NotClosed)),
        new("unix datagrams that found no path", o => o.Sum(s => s.PathGone)),
        new("TCP messages lost", o => o.LostOf(Protocol.TcpShort, Protocol.TcpLong)),
        new("UDP datagrams lost", o => o.LostOf(Protocol.Udp)),
        new("unix datagrams lost", o => o.LostOf(Protocol.Unix)),
        new("messages doubled", o => o.Found.Doubled),
        new("lines torn", o => o.Torn),
        new("messages out of order", o => o.Found.OutOfOrder),
        new("wrong client addresses", o => o.Found.WrongAddress),
        new("connections that this machine could not make", o => o.Sum(s => s.Local)),
    ];

    /// <summary>The promises that were not kept, one sentence each.</summary>
    public static IReadOnlyList<string> Broken(Outcome outcome) =>
    [
        .. All.Select(p => (p.Text, p.AtMost, Is: p.Measure(outcome))).Where(p => p.Is > p.AtMost)
            .Select(p => FormattableString.Invariant($"{p.Text}: {p.Is}, promised {p.AtMost}")),
    ];
}
