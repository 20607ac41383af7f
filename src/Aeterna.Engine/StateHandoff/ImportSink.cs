using Aeterna.Linux;

namespace Aeterna.StateHandoff;

/// <summary>A command that reads the state, without frames, from its standard input. Its success is the Ack.</summary>
internal sealed class ImportSink(StateCommand command, string name) : IStateSink
{
    /// <inheritdoc/>
    public bool Acknowledged => false;

    /// <summary>A command says nothing but its exit code.</summary>
    public Task Speaks { get; } = Task.Delay(Timeout.Infinite);

    /// <inheritdoc/>
    public Task Hear(CancellationToken cancel) => Task.CompletedTask;

    public ValueTask Begin(FrameHeader header, CancellationToken cancel) => ValueTask.CompletedTask;

    public async ValueTask Piece(ReadOnlyMemory<byte> piece, CancellationToken cancel)
    {
        try
        {
            await command.Pipe.Write(piece, cancel).ConfigureAwait(false);
        }
        catch (LinuxException e)
        {
            var why = await command.Ended.WaitAsync(cancel).ConfigureAwait(false);
            throw new SrpException($"the import command {name} {why ?? "stopped reading"} before it had read the state", e);
        }
    }

    public async ValueTask Memory(StateMemory memory, CancellationToken cancel)
    {
        foreach (var window in memory.Windows())
        {
            using (window)
            {
                await Piece(window.Memory, cancel).ConfigureAwait(false);
            }
        }
    }

    public async Task Finish(CancellationToken cancel)
    {
        command.Pipe.Dispose();
        if (await command.Ended.WaitAsync(cancel).ConfigureAwait(false) is { } why)
        {
            throw new SrpException($"the import command {name} failed: {why}");
        }
    }

    public Task Refuse(ErrorPayload why) => Task.CompletedTask;

    public ValueTask DisposeAsync() => command.DisposeAsync();
}
