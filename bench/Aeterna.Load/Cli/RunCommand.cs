using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Aeterna.Load.Running;
using Aeterna.Load.Senders;
using Aeterna.Load.Verification;
using Spectre.Console;

namespace Aeterna.Load.Cli;

/// <summary><c>aeterna-load run</c>.</summary>
internal static class RunCommand
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    private static readonly Option<string?> _tcp = new("--tcp") { Description = "Address and port of the TCP input, as in 127.0.0.1:5514" };
    private static readonly Option<string?> _udp = new("--udp") { Description = "Address and port of the UDP input" };
    private static readonly Option<string?> _unix = new("--unix") { Description = "Path of the unix datagram input, as in /dev/log" };
    private static readonly Option<double> _shortRate = Number("--short-rate", "Short TCP connections per second", 200);
    private static readonly Option<int> _long = new("--long") { Description = "Number of long-lived TCP connections" };
    private static readonly Option<double> _longRate = Number("--long-rate", "Messages per second over all long-lived connections", 1000);
    private static readonly Option<double> _udpRate = Number("--udp-rate", "UDP datagrams per second", 5000);
    private static readonly Option<double> _unixRate = Number("--unix-rate", "Unix datagrams per second", 1000);
    private static readonly Option<double> _duration = Number("--duration", "Seconds to send; SIGTERM or Ctrl-C ends it sooner", 10);
    private static readonly Option<string?> _report = new("--report") { Description = "Write the report as JSON to this file; - is stdout" };

    public static Command Make()
    {
        var command = new Command("run", "Send numbered messages, and say what the clients saw; with --verify also what was written.")
        {
            _tcp, _shortRate, _long, _longRate, _udp, _udpRate, _unix, _unixRate, _duration, _report, VerifyCommand.Files, VerifyCommand.Address,
        };
        command.SetAction((result, cancel) => Run(result, cancel));
        return command;
    }

    private static Option<double> Number(string name, string description, double value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    private static async Task<int> Run(ParseResult options, CancellationToken cancel)
    {
        if (!TryPlan(options, out var plan, out var problem))
        {
            await Console.Error.WriteLineAsync(problem).ConfigureAwait(false);
            return ExitCode.Usage;
        }

        LoadRun run;
        try
        {
            run = LoadRun.Start(plan);
        }
        catch (SocketException e)
        {
            await Console.Error.WriteLineAsync($"cannot start to send: {e.Message} (is the address right?)").ConfigureAwait(false);
            return ExitCode.Failed;
        }

        await using (run.ConfigureAwait(false))
        {
            using var interrupt = cancel.Register(() => _ = run.Stop());
            await run.Completion.ConfigureAwait(false);
            var report = run.Report();
            if (options.GetValue(VerifyCommand.Files) is { } pattern)
            {
                using var verifier = new Verifier(pattern, options.GetValue(VerifyCommand.Address));
                await Settling.Wait(verifier, report.Sources, _patience, _limit, CancellationToken.None).ConfigureAwait(false);
                report = report with { Verification = verifier.Report(report.Sources) };
            }

            return await Tell(report, options.GetValue(_report)).ConfigureAwait(false);
        }
    }

    private static async Task<int> Tell(LoadReport report, string? file)
    {
        if (file == "-")
        {
            await Console.Out.WriteLineAsync(report.ToJson()).ConfigureAwait(false);
        }
        else
        {
            ReportTable.Write(AnsiConsole.Console, report);
            if (file is not null)
            {
                await File.WriteAllTextAsync(file, report.ToJson()).ConfigureAwait(false);
            }
        }

        return report.Verification is { Clean: false } || report.Senders.Any(s => s.Local > 0) ? ExitCode.Failed : ExitCode.Done;
    }

    private static bool TryPlan(ParseResult options, out LoadPlan plan, out string problem)
    {
        plan = new LoadPlan { Duration = TimeSpan.FromSeconds(options.GetValue(_duration)) };
        if (!TryEndPoint(options.GetValue(_tcp), "--tcp", out var tcp, out problem)
            || !TryEndPoint(options.GetValue(_udp), "--udp", out var udp, out problem))
        {
            return false;
        }

        var unix = options.GetValue(_unix);
        var (shortRate, connections) = (options.GetValue(_shortRate), options.GetValue(_long));
        plan = plan with
        {
            ShortConnections = tcp is not null && shortRate > 0 ? new ShortConnectionPlan(tcp, shortRate) : null,
            LongConnections = tcp is not null && connections > 0 ? new LongConnectionPlan(tcp, connections, options.GetValue(_longRate)) : null,
            Udp = udp is not null ? new UdpPlan(udp, options.GetValue(_udpRate)) : null,
            Unix = unix is not null ? new UnixPlan(unix, options.GetValue(_unixRate)) : null,
        };
        problem = tcp is null && udp is null && unix is null ? "cannot run: nothing to send to (give --tcp, --udp or --unix)" : "";
        return problem.Length == 0;
    }

    private static bool TryEndPoint(string? text, string option, out IPEndPoint? endPoint, out string problem)
    {
        endPoint = null;
        problem = "";
        if (text is not null && (!IPEndPoint.TryParse(text, out endPoint) || endPoint.Port == 0))
        {
            problem = $"cannot read {option}: \"{text}\" is not an address and a port (as in 127.0.0.1:514 or [::1]:514)";
        }

        return problem.Length == 0;
    }
}
