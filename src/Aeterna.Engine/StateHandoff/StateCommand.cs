using Aeterna.Linux;

namespace Aeterna.StateHandoff;

/// <summary>Runs an export or import command to its end. The descriptors stay the caller's.</summary>
/// <param name="command">Program and arguments.</param>
/// <param name="input">Its standard input; null: nothing.</param>
/// <param name="output">Its standard output; null: the log.</param>
/// <param name="started">Called when it has its own ends of them.</param>
/// <param name="cancel">Kills it.</param>
/// <returns>Null when it succeeded, else why it did not, as in "ended with exit code 1".</returns>
internal delegate Task<string?> RunStateCommand(
    IReadOnlyList<string> command, FileDescriptor? input, FileDescriptor? output, Action started, CancellationToken cancel);

/// <summary>A command that is running, with the engine's end of its pipe.</summary>
internal sealed class StateCommand : IAsyncDisposable
{
    private readonly CancellationTokenSource _kill = new();

    private StateCommand(CommandPipe pipe) => Pipe = pipe;

    public CommandPipe Pipe { get; }

    /// <summary>How it ended.</summary>
    public Task<string?> Ended { get; private set; } = Task.FromResult<string?>(null);

    public static StateCommand Start(RunStateCommand run, IReadOnlyList<string> command, bool reads)
    {
        var pipe = CommandPipe.Open(weRead: !reads);
        var started = new StateCommand(pipe);
        started.Ended = Task.Run(() => run(command, reads ? pipe.Theirs : null, reads ? null : pipe.Theirs, pipe.LetGo, started._kill.Token));
        return started;
    }

    /// <summary>Kills it if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await _kill.CancelAsync().ConfigureAwait(false);
        try
        {
            await Ended.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // That is what was asked for.
        }

        Pipe.Dispose();
        _kill.Dispose();
    }
}
