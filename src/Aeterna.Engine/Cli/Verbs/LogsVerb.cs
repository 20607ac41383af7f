using System.CommandLine;
using Aeterna.Configuration;
using Aeterna.Contract;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna logs</c>.</summary>
internal static class LogsVerb
{
    public static Command Build(CliContext context)
    {
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what is logged from now on, until Ctrl-C." };
        var lines = CountOption.Make("--lines", "How many of the last lines.", 50);
        var target = new TargetOptions(local: true);
        var verb = new Command("logs", "Show the log of a service's engine, in which what the service prints is, too.") { follow, lines };
        target.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            var name = await Name(target, parsed, context).ConfigureAwait(false);
            var path = await EngineLogFile.Find(name, context, cancel).ConfigureAwait(false);
            try
            {
                await Show(path, parsed.GetValue(lines), parsed.GetValue(follow), context).ConfigureAwait(false);
                return ExitCode.Done;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CliException(ExitCode.Failed, $"cannot read the log of {name}: {e.Message} (as its owner or root)", e);
            }
        });
        return verb;
    }

    private static async Task Show(string path, int count, bool follow, CliContext context)
    {
        using var log = new LogReader(path);
        foreach (var line in log.Last(count))
        {
            await context.Out.WriteLineAsync(OneLine.Clean(line)).ConfigureAwait(false);
        }

        if (!follow)
        {
            return;
        }

        await context.Out.FlushAsync().ConfigureAwait(false);
        using var interrupt = context.CatchInterrupt();
        await foreach (var line in log.Follow(interrupt.Token).ConfigureAwait(false))
        {
            await context.Out.WriteLineAsync(OneLine.Clean(line)).ConfigureAwait(false);
            await context.Out.FlushAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The service that is meant; without a name where none runs, the only one that has left a log.</summary>
    private static async Task<string> Name(TargetOptions target, ParseResult parsed, CliContext context)
    {
        try
        {
            return (await target.Find(parsed, context).ConfigureAwait(false)).Label;
        }
        catch (CliException e) when (e.ExitCode == ExitCode.NotRunning && LeftLogs(context) is { Count: > 0 } names)
        {
            return names is [var only]
                ? only
                : throw new CliException(ExitCode.Usage, $"cannot tell which service is meant: no engine is running, and {string.Join(", ", names)} have left logs (name one)", e);
        }
    }

    private static List<string> LeftLogs(CliContext context)
    {
        var root = RunFolder.Of(context.Root, context.Environment);
        return Directory.Exists(root)
            ? [.. Directory.GetDirectories(root).Select(f => Path.GetFileName(f)!)
                .Where(n => File.Exists(EnginePaths.For(n, context.Root, context.Environment).LogFile)).Order(StringComparer.Ordinal)]
            : [];
    }
}
