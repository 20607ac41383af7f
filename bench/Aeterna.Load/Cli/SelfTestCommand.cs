using System.CommandLine;
using System.Globalization;
using Aeterna.Load.Messages;
using Aeterna.Load.Rsyslogd;
using Aeterna.Load.Running;
using Aeterna.Load.Senders;
using Aeterna.Load.Verification;
using Spectre.Console;

namespace Aeterna.Load.Cli;

/// <summary><c>aeterna-load self-test</c>: whether the generator reaches its rates on this machine, against a plain rsyslogd.</summary>
internal static class SelfTestCommand
{
    private const double WorstShare = 0.98;
    private const double MostCpu = 1.0;
    private const double ShortRate = 2500, LongRate = 20_000, UdpRate = 5000, UnixRate = 1000;
    private const int Connections = 500;
    private static readonly TimeSpan _duration = TimeSpan.FromSeconds(10);

    public static Command Make()
    {
        var command = new Command("self-test", "Send at full rate to a plain rsyslogd for twice ten seconds, and say whether the rates were reached.");
        command.SetAction((_, _) => Run());
        return command;
    }

    private static async Task<int> Run()
    {
        if (!File.Exists(PlainRsyslogd.Binary))
        {
            await Console.Error.WriteLineAsync($"cannot test: {PlainRsyslogd.Binary} is not there (as root: apt-get install rsyslog)").ConfigureAwait(false);
            return ExitCode.Usage;
        }

        var messages = await Try("500 connections, 20,000 messages/s; 5,000 UDP and 1,000 unix datagrams/s", site => new LoadPlan
        {
            Duration = _duration,
            LongConnections = new LongConnectionPlan(site.EndPoint, Connections, LongRate),
            Udp = new UdpPlan(site.EndPoint, UdpRate),
            Unix = new UnixPlan(site.UnixPath, UnixRate),
        }).ConfigureAwait(false);
        var connects = await Try("2,500 short connections/s", site => new LoadPlan
        {
            Duration = _duration,
            ShortConnections = new ShortConnectionPlan(site.EndPoint, ShortRate),
        }).ConfigureAwait(false);
        return messages && connects ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task<bool> Try(string title, Func<RsyslogdSite, LoadPlan> plan)
    {
        using var site = new RsyslogdSite();
        var rsyslogd = PlainRsyslogd.Start(site, 1);
        await using (rsyslogd.ConfigureAwait(false))
        {
            await rsyslogd.Ready(site).ConfigureAwait(false);
            var run = LoadRun.Start(plan(site));
            await using (run.ConfigureAwait(false))
            {
                await run.Completion.ConfigureAwait(false);
                var report = run.Report();
                using var verifier = new Verifier(site.OutputPattern, addressFirst: true);
                await Settling.Wait(verifier, report.Sources, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1)).ConfigureAwait(false);
                report = report with { Verification = verifier.Report(report.Sources) };
                Console.WriteLine(title);
                ReportTable.Write(AnsiConsole.Console, report);
                return Judge(report);
            }
        }
    }

    private static bool Judge(LoadReport report)
    {
        var good = report.Verification!.Clean;
        foreach (var sender in report.Senders)
        {
            var (count, rate) = sender.Protocol switch
            {
                Protocol.TcpShort => (sender.Attempted, ShortRate),
                Protocol.TcpLong => (sender.Messages, LongRate),
                Protocol.Udp => (sender.Messages, UdpRate),
                _ => (sender.Messages, UnixRate),
            };
            var reached = count / sender.SendingSeconds;
            good &= reached > rate * WorstShare;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sender.Protocol.Title()}: {reached:N0} of {rate:N0} a second"));
        }

        good &= report.CpuSeconds / report.DurationSeconds < MostCpu;
        Console.WriteLine(good ? "good" : "not good: a rate was missed, a message was, or it took more than one processor");
        Console.WriteLine();
        return good;
    }
}
