using System.CommandLine;
using System.Text.Json;
using Aeterna.Client;
using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna check</c>.</summary>
internal static class CheckVerb
{
    public static Command Build(CliContext context)
    {
        var config = new ConfigFileOption();
        var json = new Option<bool>("--json") { Description = "The findings as JSON." };
        var where = new Option<bool>("--where") { Description = "Say in JSON where the engine of this file is, or would be." };
        var verb = new Command("check", "Check a configuration file against the format and this machine. Changes nothing.") { json, where };
        config.AddTo(verb);
        verb.SetAction(async (parsed, _) =>
        {
            var file = config.Of(parsed);
            var loaded = ConfigurationLoader.Load(file, context.Environment);
            if (parsed.GetValue(where) && loaded.Plan is { } plan)
            {
                await context.Out.WriteLineAsync(JsonSerializer.Serialize(Where(plan, context), ContractJson.Default.EngineLocation)).ConfigureAwait(false);
                return ExitCode.Done;
            }

            IReadOnlyList<Finding> findings = [.. loaded.Findings, .. ConfigurationCheck.Run(loaded)];
            var errors = findings.Count(finding => finding.Severity == FindingSeverity.Error);
            if (parsed.GetValue(json))
            {
                await context.Out.WriteLineAsync(JsonSerializer.Serialize(findings, ContractJson.Default.IReadOnlyListFinding)).ConfigureAwait(false);
            }
            else
            {
                foreach (var finding in findings)
                {
                    await context.Out.WriteLineAsync(OneLine.Clean(finding.ToString())).ConfigureAwait(false);
                }

                await context.Out.WriteLineAsync($"{file}: {Summary(errors, findings.Count - errors)}").ConfigureAwait(false);
            }

            return errors > 0 ? ExitCode.Usage : ExitCode.Done;
        });
        return verb;
    }

    private static EngineLocation Where(Plan plan, CliContext context)
    {
        var paths = EnginePaths.For(plan.Service.Name, context.Root, context.Environment, plan.Control, plan.History);
        return new EngineLocation
        {
            Service = plan.Service.Name,
            ControlSocket = paths.ControlSocket,
            RunDirectory = paths.RunDirectory,
            LogFile = paths.LogFile,
            ConfigPath = plan.SourcePath,
            ConfigSha256 = plan.SourceSha256,
        };
    }

    private static string Summary(int errors, int warnings) => (errors, warnings) switch
    {
        (0, 0) => "good",
        (0, _) => $"good, with {Count(warnings, "warning")}",
        _ => $"bad: {Count(errors, "error")}, {Count(warnings, "warning")}",
    };

    private static string Count(int count, string noun) => Human.Invariant($"{count} {noun}{(count == 1 ? "" : "s")}");
}
