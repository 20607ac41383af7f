using System.Globalization;
using Aeterna.Load.Messages;
using Spectre.Console;

namespace Aeterna.Demo;

/// <summary>Both parts side by side.</summary>
internal static class Comparison
{
    public static Table Of(Outcome engine, Outcome plain)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumn(new TableColumn("what the clients saw").NoWrap())
            .AddColumn(new TableColumn("aeterna reload").RightAligned().NoWrap())
            .AddColumn(new TableColumn("stop and start").RightAligned().NoWrap());
        void Row(string name, Func<Outcome, string> text) => table.AddRow(name, text(engine), text(plain));
        void Count(string name, Func<Outcome, long> count) => Row(name, o => N(count(o)));

        Count("TCP connections attempted", o => o.SumTcp(s => s.Attempted));
        Count("  refused", o => o.SumTcp(s => s.Refused));
        Count("  reset", o => o.Reset);
        Count("  timed out", o => o.SumTcp(s => s.TimedOut));
        Row("  longest connect", o => string.Create(CultureInfo.InvariantCulture, $"{o.LongestConnectMs:F1} ms"));
        Count("unix datagrams that found no path", o => o.Sum(s => s.PathGone));
        foreach (var (name, protocols) in new (string, Protocol[])[]
        {
            ("TCP", [Protocol.TcpLong, Protocol.TcpShort]), ("UDP", [Protocol.Udp]), ("unix", [Protocol.Unix]),
        })
        {
            Count($"{name} messages sent", o => Messages(o, protocols, p => p.Sent));
            Count("  written", o => Messages(o, protocols, p => p.Written));
            Count("  lost", o => o.LostOf(protocols));
        }

        Count("doubled", o => o.Found.Doubled);
        Count("torn", o => o.Torn);
        Count("out of order", o => o.Found.OutOfOrder);
        Count("messages that died with a killed process", o => o.LostByKill);
        return table;
    }

    private static long Messages(Outcome outcome, Protocol[] protocols, Func<Load.Verification.ProtocolFindings, long> count) =>
        outcome.Found.Protocols.Where(p => protocols.Contains(p.Protocol)).Sum(count);

    private static string N(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
