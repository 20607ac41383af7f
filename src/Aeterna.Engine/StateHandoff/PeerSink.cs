using System.Text.Json;
using Aeterna.Linux;

namespace Aeterna.StateHandoff;

/// <summary>
/// A new process that is connected: it gets the frames as they are. What it says may come at any moment: an Ack ends the handoff with
/// success whenever it comes, and one that has said nothing of itself yet may still do so.
/// </summary>
internal sealed class PeerSink(Peer peer) : IStateSink
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(2);

    private int _leftOfFrame;
    private bool _heardOut;

    public Peer Peer => peer;

    /// <inheritdoc/>
    public bool Acknowledged { get; private set; }

    /// <inheritdoc/>
    public Task Speaks => _heardOut ? Task.Delay(Timeout.Infinite) : peer.Next;

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

    /// <summary>Sends payload on this thread.</summary>
    public void PieceNow(ReadOnlySpan<byte> piece, SocketPump pump)
    {
        peer.SendNow(piece, pump);
        _leftOfFrame -= piece.Length;
    }

    /// <summary>Sends what the pump holds.</summary>
    public void PieceNow(int count, int socket, SocketPump pump)
    {
        pump.Drain(socket);
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
            Gone(e is LinuxException ? new SrpException($"broke the connection off: {e.Message}", e) : (SrpException)e, cancel).GetAwaiter().GetResult();
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
    public async Task Hear(CancellationToken cancel)
    {
        try
        {
            await HearOne(cancel).ConfigureAwait(false);
        }
        catch (SrpException e)
        {
            throw Name(e.Message, e);
        }
    }

    public async Task Finish(CancellationToken cancel)
    {
        try
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

            while (!Acknowledged && !_heardOut)
            {
                await HearOne(cancel).ConfigureAwait(false);
            }

            if (!Acknowledged)
            {
                throw new SrpException("closed the connection without an Ack");
            }
        }
        catch (SrpException e)
        {
            throw Name(e.Message, e);
        }
    }

    /// <summary>In the middle of a frame an Error would be taken for payload: there the end of the stream says it.</summary>
    public Task Refuse(ErrorPayload why)
    {
        if (_leftOfFrame == 0)
        {
            return PeerFarewell.Refuse(peer, why);
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
            await Gone(e, cancel).ConfigureAwait(false);
        }
    }

    // It takes no more. That is well if it has said before that it has all that it wants.
    private async Task Gone(SrpException e, CancellationToken cancel)
    {
        try
        {
            while (!Acknowledged && !_heardOut)
            {
                await HearOne(cancel).ConfigureAwait(false);
            }
        }
        catch (SrpException said) when (!_heardOut)
        {
            throw Name(said.Message, said);
        }
        catch (SrpException)
        {
            // The connection is broken for reading too.
        }

        if (!Acknowledged)
        {
            throw Name(e.Message, e);
        }
    }

    // One frame, or the end.
    private async Task HearOne(CancellationToken cancel)
    {
        FrameHeader? header;
        try
        {
            header = await peer.Next.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (SrpException)
        {
            _heardOut = true;
            throw;
        }

        switch (header?.Type)
        {
            case null:
                _heardOut = true;
                return;
            case FrameType.Hello when peer.Role == PeerRole.Unknown:
                var hello = await peer.Words(PayloadJson.Default.HelloPayload).WaitAsync(cancel).ConfigureAwait(false);
                if (hello.Role != HelloPayload.Receiver)
                {
                    throw new SrpException($"said after {StateDesk.Grace.TotalSeconds:0} s of silence that it is no receiver, and had been taken for one");
                }

                (peer.WantsFinal, peer.Role) = (hello.Final, PeerRole.Receiver);
                peer.ReadOn();
                return;
            case FrameType.Finished:
                await peer.WholePayload().WaitAsync(cancel).ConfigureAwait(false);
                Acknowledged = true;
                peer.ReadOn();
                return;
            case FrameType.Error:
                var error = PayloadJson.ReadError(await peer.WholePayload().WaitAsync(cancel).ConfigureAwait(false));
                throw new SrpException($"did not take the state: {error.Message} ({error.Code})");
            default:
                throw new SrpException($"sent a frame of type 0x{(byte)header.Value.Type:X2} in place of an Ack");
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
            if (!_heardOut && peer.Next.IsCompleted)
            {
                await HearOne(cancel).ConfigureAwait(false);
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

    private SrpException Name(string what, Exception inner) => new($"the new process (pid {peer.Pid}) {what}", inner);
}
