using Aeterna.Linux;

using ProgramSearch = Aeterna.Configuration.ProgramSearch;

namespace Aeterna.Generations;

/// <summary>Runs short commands as real processes, each in its own session and process group.</summary>
internal sealed class CommandRunner(ChildReaper reaper) : ICommandRunner, IPipedCommandRunner
{
    private const int TailBytes = 4096;
    private static readonly TimeSpan _outputGrace = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public Task<CommandResult> Run(
        IReadOnlyList<string> command, IReadOnlyList<string> environment, string? workingDirectory, TimeSpan timeout, CancellationToken cancel) =>
        Run(command, environment, workingDirectory, timeout, null, cancel);

    /// <inheritdoc/>
    public async Task<CommandResult> Run(
        IReadOnlyList<string> command, IReadOnlyList<string> environment, string? workingDirectory, CommandPipes pipes, CancellationToken cancel)
    {
        try
        {
            return await Run(command, environment, workingDirectory, Timeout.InfiniteTimeSpan, pipes, cancel).ConfigureAwait(false);
        }
        finally
        {
            pipes.Started();
        }
    }

    private async Task<CommandResult> Run(
        IReadOnlyList<string> command,
        IReadOnlyList<string> environment,
        string? workingDirectory,
        TimeSpan timeout,
        CommandPipes? pipes,
        CancellationToken cancel)
    {
        var variables = ChildEnvironment.Merge(ChildEnvironment.Own(), environment);
        var path = ProgramSearch.With(variables, workingDirectory).Locate(command[0]);
        if (path is null)
        {
            return new CommandResult(null, false, $"cannot run {command[0]}: no such program on PATH (give its absolute path)", "");
        }

        var tail = new OutputTail(TailBytes);
        ChildProcess child;
        LineReader output;
        try
        {
            (child, output) = Start(path, command, variables, workingDirectory, tail, pipes);
            pipes?.Started();
        }
        catch (LinuxException e)
        {
            return new CommandResult(null, false, $"cannot run {command[0]}: {Errno.Text(e.Number).ToLowerInvariant()} (check the path and the mode of the file)", "");
        }

        using (output)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(timeout);
            var timedOut = false;
            try
            {
                await child.Exited.WaitAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                timedOut = true;
            }

            if (!timedOut)
            {
                // A descendant may keep the pipes open; what the command itself wrote is there by then.
                await Task.WhenAny(output.Ended, Task.Delay(_outputGrace, CancellationToken.None)).ConfigureAwait(false);
            }

            child.SignalGroup(Signals.SIGKILL);
            var exit = await child.Exited.ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
            return new CommandResult(timedOut ? null : exit, timedOut, null, tail.ToString());
        }
    }

    private unsafe (ChildProcess Child, LineReader Output) Start(
        string path, IReadOnlyList<string> command, IReadOnlyList<string> environment, string? workingDirectory, OutputTail tail, CommandPipes? pipes)
    {
        using var nothing = new FileDescriptor(Errno.ThrowIfFailed(Libc.open("/dev/null", Libc.O_RDWR | Libc.O_CLOEXEC, 0), "open(/dev/null)"));
        var fds = stackalloc int[4];
        Errno.ThrowIfFailed(LibC.pipe2(fds, Libc.O_CLOEXEC), "pipe2");
        var (outRead, outWrite) = (new FileDescriptor(fds[0]), new FileDescriptor(fds[1]));
        using (outWrite)
        {
            try
            {
                Errno.ThrowIfFailed(LibC.pipe2(fds + 2, Libc.O_CLOEXEC), "pipe2");
            }
            catch (LinuxException)
            {
                outRead.Dispose();
                throw;
            }

            var (errRead, errWrite) = (new FileDescriptor(fds[2]), new FileDescriptor(fds[3]));
            using (errWrite)
            {
                try
                {
                    int[] descriptors = [(pipes?.Input ?? nothing).Number, (pipes?.Output ?? outWrite).Number, errWrite.Number];
                    var child = reaper.Spawn(() =>
                    {
                        var pid = PosixSpawn.Start(path, command, environment, descriptors, workingDirectory);
                        StartLimits.Restore(pid);
                        return pid;
                    });
                    return (child, new LineReader(outRead, errRead, (_, line) => tail.Add(line), "command output"));
                }
                catch (LinuxException)
                {
                    outRead.Dispose();
                    errRead.Dispose();
                    throw;
                }
            }
        }
    }
}
