using System.CommandLine;
using System.CommandLine.Help;
using Aeterna.Cli.Verbs;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.Cli;

/// <summary>The verbs, and what is the same for all of them: help, usage errors, and how failures are said.</summary>
internal static class CommandLine
{
    /// <summary>Runs a command line. Returns the exit code; never throws.</summary>
    public static async Task<int> Run(IReadOnlyList<string> args, CliContext context)
    {
        // No response files: --reason "@home" is a text.
        var parsed = Build(context).Parse(HelpVerb.Meant(args), new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (UsageMistake.Of(parsed) is { } mistake)
        {
            await context.Error.WriteLineAsync(OneLine.Clean(mistake)).ConfigureAwait(false);
            return ExitCode.Usage;
        }

        try
        {
            // Signals are the verbs' own business.
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = context.Out,
                Error = context.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            }).ConfigureAwait(false);
        }
        catch (CliException e)
        {
            return await Refuse(context, e.Message, e.Findings, e.ExitCode).ConfigureAwait(false);
        }
        catch (EngineException e)
        {
            return await Refuse(context, e.Message, e.Findings, CliException.ExitCodeOf(e.Error)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception e)
        {
            await context.Error.WriteLineAsync(OneLine.Clean($"cannot do that: {e.GetType().Name}: {e.Message} (this is an error in aeterna)"))
                .ConfigureAwait(false);
            return ExitCode.Failed;
        }
    }

    private static async Task<int> Refuse(CliContext context, string message, IReadOnlyList<Finding> findings, int exitCode)
    {
        foreach (var line in findings.Select(finding => finding.ToString()).Prepend(message))
        {
            await context.Error.WriteLineAsync(OneLine.Clean(line)).ConfigureAwait(false);
        }

        return exitCode;
    }

    /// <summary>All verbs.</summary>
    public static RootCommand Build(CliContext context)
    {
        var root = new RootCommand("Replaces a running network daemon by a new process without its clients noticing.");
        Dictionary<Command, string> examples = new()
        {
            [StartVerb.Build(context)] = "aeterna start /etc/aeterna/rsyslogd.yaml --detach",
            [AdoptVerb.Build(context)] = "aeterna adopt --pid \"$(systemctl show -p MainPID --value rsyslog)\" -c /etc/aeterna/rsyslogd.yaml --detach",
            [ReloadVerb.Build(context)] = "aeterna reload rsyslogd --wait --reason \"new rules\"",
            [StatusVerb.Build(context)] = "aeterna status rsyslogd",
            [WatchVerb.Build(context)] = "aeterna watch rsyslogd",
            [PromoteVerb.Build(context)] = "aeterna promote rsyslogd --wait",
            [RollbackVerb.Build(context)] = "aeterna rollback rsyslogd --wait",
            [SignalVerb.Build(context)] = "aeterna signal HUP rsyslogd",
            [UpgradeVerb.Build(context)] = "aeterna upgrade rsyslogd --wait",
            [StopVerb.Build(context)] = "aeterna stop rsyslogd",
            [HistoryVerb.Build(context)] = "aeterna history -n rsyslogd --limit 5",
            [LogsVerb.Build(context)] = "aeterna logs rsyslogd -f",
            [SrpVerb.Build(context)] = "aeterna srp send < state.json",
            [CheckVerb.Build(context)] = "aeterna check /etc/aeterna/rsyslogd.yaml",
            [HelpVerb.Build()] = "aeterna help reload",
            [VersionVerb.Build(context)] = "aeterna version",
        };
        examples[CompletionVerb.Build(context, root)] = "aeterna completion bash > /usr/share/bash-completion/completions/aeterna";
        examples[ManVerb.Build(context, root, examples)] = "aeterna man > /usr/local/share/man/man1/aeterna.1";
        foreach (var verb in examples.Keys)
        {
            root.Add(verb);
        }

        examples[root] = "aeterna start aeterna.yaml --detach, then aeterna reload --wait";
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExample((HelpAction)help.Action!, examples, context.Out);
        return root;
    }
}
