using System.Text.Json;
using Aeterna.Linux;

namespace Aeterna.StateHandoff;

/// <summary>
/// A new process that is connected: it gets the frames as they are. What it says may come at any moment: an Ack ends the handoff with
/// success whenever it comes, and one that has said nothing of itself yet may still do so.
/// </summary>
internal sealed class PeerSink(Peer peer, PeerFarewell farewell) : IStateSink
{
    // The kernel is asked how much is unread, and no event tells that it has changed.
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(2);

    private readonly TakerVoice _voice = new(peer);
    private int _leftOfFrame;

    public Peer Peer => peer;

    /// <inheritdoc/>
    public bool Acknowledged => _voice.Acknowledged;

    /// <inheritdoc/>
    public Task Speaks => _voice.Speaks;

    public async ValueTask Begin(FrameHeader header, CancellationToken cancel)
    {
        var bytes = new byte[FrameHeader.Size];
        header.Write(bytes);
        _leftOfFrame = FrameHeader.Size + header.PayloadLength;
        await Piece(bytes, cancel).ConfigureAwait(false);
    }

    public async ValueTask Piece(ReadOnlyMemory<byte> piece, CancellationToken cancel)
    {
        if (!Acknowledged)
        {
            await Sent(() => peer.Send(piece, cancel), cancel).ConfigureAwait(false);
        }

        _leftOfFrame -= piece.Length;
    }

    /// <summary>Sends a header on this thread.</summary>
    public void BeginNow(FrameHeader header, SocketPump pump)
    {
        Span<byte> bytes = stackalloc byte[FrameHeader.Size];
        header.Write(bytes);
        _leftOfFrame = header.PayloadLength;
        peer.SendNow(bytes, pump);
    }

    /// <summary>Sends payload on this thread, and tells how much has gone each time that some has.</summary>
    public void PieceNow(ReadOnlySpan<byte> piece, SocketPump pump, Action<int> gone)
    {
        peer.SendNow(piece, pump, gone);
        _leftOfFrame -= piece.Length;
    }

    /// <summary>Sends what the pump holds, and tells how much has gone each time that some has.</summary>
    public void PieceNow(int count, int socket, SocketPump pump, Action<int> gone)
    {
        pump.Drain(socket, gone);
        _leftOfFrame -= count;
    }

    /// <summary>Does something that sends on this thread; nothing when the new process has acknowledged and gone. What this throws names the new process.</summary>
    public void Guarded(Action work, CancellationToken cancel)
    {
        if (Acknowledged)
        {
            return;
        }

        try
        {
            work();
        }
        catch (Exception e) when (e is SrpException or LinuxException)
        {
            // It is closed at the other end: what it said before is there to be read.
            _voice.HearAfter(e is LinuxException ? new SrpException($"broke the connection off: {e.Message}", e) : (SrpException)e, cancel).GetAwaiter().GetResult();
        }
    }

    public async ValueTask Memory(StateMemory memory, CancellationToken cancel)
    {
        if (!Acknowledged)
        {
            var payload = JsonSerializer.SerializeToUtf8Bytes(memory.Payload, PayloadJson.Default.MemoryPayload);
            await Sent(() => peer.Send(FrameType.Memory, payload, memory.Descriptor, cancel), cancel).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task Hear(CancellationToken cancel) => _voice.Named(() => _voice.HearOne(cancel));

    public Task Finish(CancellationToken cancel) => _voice.Named(async () =>
    {
        if (peer.Role == PeerRole.Unknown && await HasReadAll(cancel).ConfigureAwait(false))
        {
            await SayGoodbye(cancel).ConfigureAwait(false);
            return;
        }

        if (!Acknowledged)
        {
            await Sent(() => peer.Send(FrameType.Finished, [], cancel), cancel).ConfigureAwait(false);
        }

        await _voice.HearOut(cancel).ConfigureAwait(false);
        if (!Acknowledged)
        {
            throw new SrpException("closed the connection without an Ack");
        }
    });

    /// <summary>In the middle of a frame an Error would be taken for payload: there the end of the stream says it.</summary>
    public Task Refuse(ErrorPayload why)
    {
        if (_leftOfFrame == 0)
        {
            return farewell.Refuse(peer, why);
        }

        peer.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>The peer outlives this, unless its handoff failed.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task Sent(Func<ValueTask> send, CancellationToken cancel)
    {
        try
        {
            await send().ConfigureAwait(false);
        }
        catch (SrpException e)
        {
            await _voice.HearAfter(e, cancel).ConfigureAwait(false);
        }
    }

    // One that says nothing of itself has the state when nothing is left unread. Until then it may still say something, or close.
    private async Task<bool> HasReadAll(CancellationToken cancel)
    {
        while (peer.Role == PeerRole.Unknown && !Acknowledged)
        {
            if (peer.HasReadAll())
            {
                return true;
            }

            await Task.WhenAny(Speaks, Task.Delay(_look, cancel)).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
            if (!_voice.IsOver && peer.Next.IsCompleted)
            {
                await _voice.HearOne(cancel).ConfigureAwait(false);
            }
        }

        return false;
    }

    // It may be gone by now, and nothing is lost by that.
    private async Task SayGoodbye(CancellationToken cancel)
    {
        try
        {
            await peer.Send(FrameType.Finished, [], cancel).ConfigureAwait(false);
            peer.EndSending();
        }
        catch (SrpException)
        {
        }
    }
}
