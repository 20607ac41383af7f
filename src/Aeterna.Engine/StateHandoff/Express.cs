namespace Aeterna.StateHandoff;

/// <summary>
/// Carries large frames from one process to another without their bytes coming into the engine: one thread, two sockets, a pipe. Begins
/// at a header that has been read, and ends at the first one that is not of state bytes, which is left to be read from the source.
/// </summary>
internal sealed class Express(PeerSource source, PeerSink sink, Action<int> carried, CancellationToken cancel)
{
    /// <summary>Smaller payloads are through before a thread has started.</summary>
    public const int Worthwhile = 256 << 10;

    /// <summary>Does it.</summary>
    /// <param name="first">The header that the source has come to.</param>
    /// <exception cref="SrpException">One side failed, and which.</exception>
    public Task Run(FrameHeader first) =>
        Task.Factory.StartNew(() => Loop(first), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Loop(FrameHeader first)
    {
        using var pump = new SocketPump(cancel);
        using var from = source.Peer.Pin();
        using var to = sink.Peer.Pin();
        for (FrameHeader? header = first; header is { } now; header = source.Guarded(() => NextOfState(pump)))
        {
            Begin(now, pump);
            while (source.Peer.LeftOfPayload > 0)
            {
                Pass(source.Guarded(() => Take(from.Number, pump)), to.Number, pump);
            }
        }
    }

    // The header, and what has come in with it before.
    private void Begin(FrameHeader header, SocketPump pump)
    {
        var buffered = source.Peer.TakeBuffered();
        Count(buffered.Length, gone =>
        {
            sink.BeginNow(header, pump);
            sink.PieceNow(buffered.Span, pump, gone);
        });
    }

    private int Take(int socket, SocketPump pump)
    {
        var got = pump.Fill(socket, source.Peer.LeftOfPayload);
        source.Peer.Skip(got);
        return got > 0 ? got : throw new SrpException("closed the connection in the middle of a frame");
    }

    private void Pass(int count, int socket, SocketPump pump)
    {
        Count(count, gone => sink.PieceNow(count, socket, pump, gone));
        pump.Discard();
    }

    // A taker that reads slowly is seen to do so: bytes count when they have gone. What it does not want any more is over with too.
    private void Count(int count, Action<Action<int>> send)
    {
        var left = count;
        sink.Guarded(
            () => send(gone =>
            {
                left -= gone;
                carried(gone);
            }),
            cancel);
        carried(left);
    }

    // After a whole frame only what follows at once is taken here; waiting for what may come later is the transfer's business.
    private FrameHeader? NextOfState(SocketPump pump) =>
        source.Peer.NextNow(pump, wait: !source.MayEnd) is { } next && next.Type.IsBulk() ? source.Judge(next) : null;
}
