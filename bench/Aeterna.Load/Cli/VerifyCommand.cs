using System.CommandLine;
using System.Text.Json;
using Aeterna.Load.Running;
using Aeterna.Load.Verification;
using Spectre.Console;

namespace Aeterna.Load.Cli;

/// <summary><c>aeterna-load verify</c>.</summary>
internal static class VerifyCommand
{
    private static readonly Argument<string> _report = new("report") { Description = "The JSON report of the run" };

    /// <summary>The output files; shared with <c>run</c>.</summary>
    public static Option<string?> Files { get; } = new("--verify")
    {
        Description = "The file that the messages were written to by %rawmsg% or %msg%, or a quoted pattern as in '/var/log/x.*.log'",
    };

    /// <summary>Shared with <c>run</c>.</summary>
    public static Option<bool> Address { get; } = new("--address") { Description = "Lines begin with %fromhost-ip% and a space; check it" };

    public static Command Make()
    {
        var files = new Argument<string>("files") { Description = Files.Description };
        var command = new Command("verify", "Read output files, and say which messages of a run are lost, doubled, torn or out of order.")
        {
            _report, files, Address,
        };
        command.SetAction(options => Run(options.GetRequiredValue(_report), options.GetRequiredValue(files), options.GetValue(Address)));
        return command;
    }

    private static int Run(string reportFile, string pattern, bool address)
    {
        LoadReport report;
        try
        {
            report = LoadReport.FromJson(File.ReadAllText(reportFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            Console.Error.WriteLine($"cannot read {reportFile}: {e.Message} (it is what run --report writes)");
            return ExitCode.Usage;
        }

        using var verifier = new Verifier(pattern, address);
        verifier.Poll();
        var found = verifier.Report(report.Sources);
        ReportTable.Write(AnsiConsole.Console, found);
        return found.Clean ? ExitCode.Done : ExitCode.Failed;
    }
}
