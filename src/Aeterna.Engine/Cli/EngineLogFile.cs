using Aeterna.Client;
using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Linux;

namespace Aeterna.Cli;

/// <summary>Where a service's engine logs to. Only one that runs in the background has a file of its own.</summary>
internal static class EngineLogFile
{
    private const int Stderr = 2;

    /// <summary>The file; what there is to say of it goes to stderr.</summary>
    /// <exception cref="CliException">There is none; the message says where to look.</exception>
    public static async Task<string> Find(string name, CliContext context, CancellationToken cancel)
    {
        var own = EnginePaths.For(name, context.Root, context.Environment).LogFile;
        int pid;
        try
        {
            using var client = new ControlClient(TargetOptions.ByName(name, context));
            pid = (await client.Status(cancel).ConfigureAwait(false)).EnginePid;
        }
        catch (EngineException e) when (e.Error == EngineError.NotRunning)
        {
            if (!File.Exists(own))
            {
                throw new CliException(ExitCode.NotRunning, $"cannot read the log of {name}: no engine is running there, and none has left {own} (one that was not started with --detach logs to its stderr, or the journal)", e);
            }

            await context.Error.WriteLineAsync($"no engine of {name} is running: this is what the last one with --detach has logged to {own}").ConfigureAwait(false);
            return own;
        }
        catch (EngineException e) when (File.Exists(own))
        {
            // It hangs, and that may be why somebody wants to see its log.
            await context.Error.WriteLineAsync(OneLine.Clean($"{e.Message}; this is {own}")).ConfigureAwait(false);
            return own;
        }

        return Of(name, pid, ProcFs.DescriptorTarget(pid, Stderr));
    }

    private static string Of(string name, int pid, string? stderr) => stderr switch
    {
        ['/', ..] when FileStatus.Of(stderr) is { IsRegular: true } => stderr,
        null => throw Elsewhere(name, pid, "of which you may not see where it leads", "use sudo"),
        _ when stderr.StartsWith("socket:", StringComparison.Ordinal) => throw Elsewhere(name, pid, "a socket: the journal's, under systemd", Journal(pid)),
        _ when stderr.StartsWith("pipe:", StringComparison.Ordinal) => throw Elsewhere(name, pid, "a pipe", "look where its reader writes to"),
        "/dev/null" => throw Elsewhere(name, pid, "/dev/null", "start it with --detach, or under systemd"),
        _ => throw Elsewhere(name, pid, stderr, "look there, or start it with --detach"),
    };

    private static CliException Elsewhere(string name, int pid, string where, string advice) => new(
        ExitCode.Failed, OneLine.Clean(Human.Invariant($"cannot read the log of {name}: its engine (pid {pid}) logs to its stderr, {where} ({advice})")));

    // In each hierarchy of control groups the line of a process ends in its group's path.
    private static string Journal(int pid) =>
        ProcFs.Lines($"/proc/{pid}/cgroup").SelectMany(line => line.Split('/')).LastOrDefault(part => part.EndsWith(".service", StringComparison.Ordinal)) is { } unit
            ? $"journalctl -u {unit}"
            : Human.Invariant($"journalctl _PID={pid}");
}
