using Aeterna.Linux;

namespace Aeterna.StateHandoff;

/// <summary>State that the old process sends over its connection, as a provider or as a push.</summary>
internal sealed class PeerSource(Peer peer, long maxBytes, PeerFarewell farewell, TimeProvider time) : IStateSource
{
    /// <summary>
    /// After a frame that is whole by itself, a giver that says nothing for so long waits to hear that the new process has it. Twice what
    /// anybody may take to say who it is.
    /// </summary>
    public static readonly TimeSpan Silence = 2 * Introduction.Grace;

    private long _left = maxBytes;

    public Peer Peer => peer;

    /// <inheritdoc/>
    public bool MayEnd { get; private set; }

    /// <summary>Asks a provider.</summary>
    public async Task Ask(string phase, CancellationToken cancel) => await Named(async () =>
    {
        await peer.Send(FrameType.Request, new RequestPayload(phase), PayloadJson.Default.RequestPayload, cancel).ConfigureAwait(false);
        return true;
    }).ConfigureAwait(false);

    public Task<FrameHeader?> Next(CancellationToken cancel) => Named<FrameHeader?>(async () =>
    {
        if (MayEnd && !await peer.Next.IsDoneWithin(Silence, time, cancel).ConfigureAwait(false) && !cancel.IsCancellationRequested)
        {
            return null;
        }

        var header = await peer.Next.WaitAsync(cancel).ConfigureAwait(false);
        switch (header?.Type)
        {
            // A push may end with its connection, if what it has sent is complete as it stands.
            case null when peer.Role == PeerRole.Pusher && MayEnd:
                return null;
            case null:
                throw new SrpException("closed the connection before its state was over");
            case FrameType.Finished:
                await peer.WholePayload().WaitAsync(cancel).ConfigureAwait(false);
                peer.ReadOn();
                return null;
            case FrameType.Error:
                var error = PayloadJson.ReadError(await peer.WholePayload().WaitAsync(cancel).ConfigureAwait(false));
                throw new SrpException($"gave up: {error.Message} ({error.Code})");
            case { } type when type.IsState():
                return Judge(header.Value);
            default:
                throw new SrpException($"sent a frame of type 0x{(byte)header.Value.Type:X2} in place of state");
        }
    });

    /// <summary>Takes note of a frame of state.</summary>
    /// <exception cref="SrpException">It is more than may come.</exception>
    public FrameHeader Judge(FrameHeader header)
    {
        MayEnd = header.Type.IsWhole();
        _left -= header.Type.IsBulk() ? header.PayloadLength : 0;
        return _left >= 0 ? header : throw new SrpException("sent more than state_handoff.max_bytes");
    }

    /// <summary>What this throws names the old process.</summary>
    public T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SrpException e)
        {
            throw Name(e);
        }
        catch (LinuxException e)
        {
            throw Name(new SrpException($"broke the connection off: {e.Message}", e));
        }
    }

    public async ValueTask<ReadOnlyMemory<byte>> Payload(CancellationToken cancel)
    {
        var read = peer.Payload();
        try
        {
            var piece = read.IsCompletedSuccessfully ? read.Result : await read.AsTask().WaitAsync(cancel).ConfigureAwait(false);
            if (piece.IsEmpty)
            {
                peer.ReadOn();
            }

            return piece;
        }
        catch (SrpException e)
        {
            throw Name(e);
        }
    }

    public Task<StateMemory> Memory(CancellationToken cancel) => Named(async () =>
    {
        var said = await peer.Words(PayloadJson.Default.MemoryPayload).WaitAsync(cancel).ConfigureAwait(false);
        var descriptor = peer.TakeDescriptor();
        peer.ReadOn();
        var memory = await Task.Run(() => StateMemory.Check(descriptor, said, _left, cancel), CancellationToken.None).ConfigureAwait(false);
        _left -= said.Size;
        return memory;
    });

    public Task Thank(CancellationToken cancel) => Tell(FrameType.Finished, [], cancel);

    public Task Refuse(ErrorPayload why) => farewell.Refuse(peer, why);

    /// <summary>The peer outlives this, unless its handoff failed.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // Whoever pushed may be gone by now, and nothing is lost by that.
    private async Task Tell(FrameType type, byte[] payload, CancellationToken cancel)
    {
        try
        {
            await peer.Send(type, payload, cancel).ConfigureAwait(false);
        }
        catch (SrpException) when (peer.Role == PeerRole.Pusher)
        {
            return;
        }
        catch (SrpException e)
        {
            throw Name(e);
        }
    }

    private async Task<T> Named<T>(Func<Task<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (SrpException e)
        {
            throw Name(e);
        }
    }

    private SrpException Name(SrpException e) => new($"the old process (pid {peer.Pid}) {e.Message}", e);
}
