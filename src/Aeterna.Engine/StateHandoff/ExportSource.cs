using Aeterna.Linux;

namespace Aeterna.StateHandoff;

/// <summary>State that a command prints: each piece that it writes becomes a chunk.</summary>
internal sealed class ExportSource(StateCommand command, string name, long maxBytes) : IStateSource
{
    private readonly byte[] _buffer = new byte[256 << 10];
    private int _have;
    private long _left = maxBytes;

    /// <summary>Only its end says that a command has printed all.</summary>
    public bool MayEnd => false;

    public async Task<FrameHeader?> Next(CancellationToken cancel)
    {
        try
        {
            _have = await command.Pipe.Read(_buffer, cancel).ConfigureAwait(false);
        }
        catch (LinuxException e)
        {
            throw new SrpException($"the export command {name} cannot be read: {e.Message}", e);
        }

        if (_have == 0)
        {
            var why = await command.Ended.WaitAsync(cancel).ConfigureAwait(false);
            return why is null ? null : throw new SrpException($"the export command {name} failed: {why}");
        }

        _left -= _have;
        return _left >= 0
            ? new FrameHeader(FrameType.Chunk, _have)
            : throw new SrpException($"the export command {name} printed more than state_handoff.max_bytes");
    }

    public ValueTask<ReadOnlyMemory<byte>> Payload(CancellationToken cancel)
    {
        var piece = _buffer.AsMemory(0, _have);
        _have = 0;
        return ValueTask.FromResult<ReadOnlyMemory<byte>>(piece);
    }

    public Task<StateMemory> Memory(CancellationToken cancel) => throw new InvalidOperationException("a command prints bytes only");

    public Task Thank(CancellationToken cancel) => Task.CompletedTask;

    public Task Refuse(ErrorPayload why) => Task.CompletedTask;

    public ValueTask DisposeAsync() => command.DisposeAsync();
}
