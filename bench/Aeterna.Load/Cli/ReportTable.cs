using System.Globalization;
using Aeterna.Load.Accounts;
using Aeterna.Load.Messages;
using Aeterna.Load.Running;
using Aeterna.Load.Verification;
using Spectre.Console;

namespace Aeterna.Load.Cli;

/// <summary>A report for people: a few narrow tables.</summary>
internal static class ReportTable
{
    public static void Write(IAnsiConsole console, LoadReport report)
    {
        console.Write(Clients(report));
        var rate = report.Senders.Sum(s => s.Messages) / report.DurationSeconds;
        var cpu = report.CpuSeconds / report.DurationSeconds;
        var lag = report.Senders.Max(s => s.LatestMs);
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.DurationSeconds:F1} s, {rate:N0} messages/s, {cpu * 100:F0}% of a processor, at most {lag:F0} ms late"));
        foreach (var sender in report.Senders.Where(s => s.Local > 0))
        {
            var why = sender.Mishaps.First(m => m.Kind == MishapKind.Local).Detail;
            console.WriteLine($"{sender.Protocol.Title()}: {N(sender.Local)} not tried for want of something here, so the run says nothing: {why}");
        }

        if (report.Verification is { } verification)
        {
            console.WriteLine();
            Write(console, verification);
        }
    }

    public static void Write(IAnsiConsole console, VerificationReport report)
    {
        console.Write(Messages(report));
        foreach (var finding in report.First)
        {
            console.WriteLine(finding);
        }
    }

    private static Table Clients(LoadReport report)
    {
        var table = New("clients", "attempted", "refused", "timed out", "reset", "closed", "path gone", "longest ms");
        foreach (var s in report.Senders)
        {
            table.AddRow(
                s.Protocol.Title(), N(s.Attempted), N(s.Refused), N(s.TimedOut), N(s.Reset), N(s.ClosedByPeer + s.NotClosed), N(s.PathGone),
                s.LongestMs.ToString("F1", CultureInfo.InvariantCulture));
        }

        return table;
    }

    private static Table Messages(VerificationReport report)
    {
        var table = New("messages", "sent", "written", "lost", "doubled", "torn", "reordered", "wrong address");
        foreach (var p in report.Protocols)
        {
            table.AddRow(
                p.Protocol.Title(), N(p.Sent), N(p.Written), N(p.Lost), N(p.Doubled), N(p.Torn), N(p.OutOfOrder), N(p.WrongAddress));
        }

        table.AddRow(
            "all", N(report.Sent), N(report.Written), N(report.Lost), N(report.Doubled), N(report.Torn), N(report.OutOfOrder),
            N(report.WrongAddress));
        return table;
    }

    private static Table New(string first, params string[] others)
    {
        var table = new Table().NoBorder().AddColumn(Column(first));
        foreach (var name in others)
        {
            table.AddColumn(Column(name).RightAligned());
        }

        return table;
    }

    private static TableColumn Column(string name) => new TableColumn(name).NoWrap().Padding(0, 0, 2, 0);

    private static string N(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
