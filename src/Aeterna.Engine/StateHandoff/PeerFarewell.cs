using Microsoft.Extensions.Logging;

namespace Aeterna.StateHandoff;

/// <summary>The last words to a peer, and from it. Nobody waits long for them to be taken.</summary>
internal sealed class PeerFarewell(TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    /// <summary>An Ack may be slow in coming, and who sends it must not run into a closed connection.</summary>
    public static readonly TimeSpan PatienceForAck = TimeSpan.FromSeconds(10);

    /// <summary>It may not come in: says why, and closes.</summary>
    public Task TurnAway(Peer peer, string code, string why)
    {
        logger.Refused(peer.Pid, why);
        return Refuse(peer, new ErrorPayload(code, $"refused pid {peer.Pid}: {why}"));
    }

    /// <summary>It has said what it should not: says what, and closes.</summary>
    public Task BreakOff(Peer peer, string what)
    {
        logger.Broken(peer.Pid, what);
        return Refuse(peer, new ErrorPayload("protocol", $"you {what}"));
    }

    /// <summary>Says why it is over, and closes.</summary>
    public Task Refuse(Peer peer, ErrorPayload why) =>
        Close(peer, _patience, cancel => peer.Send(FrameType.Error, why, PayloadJson.Default.ErrorPayload, cancel).AsTask());

    /// <summary>Says that there is no state (any more), waits a little for the Ack, and closes.</summary>
    public Task Dismiss(Peer peer) => Close(peer, PatienceForAck, async cancel =>
    {
        await peer.Send(FrameType.Finished, [], cancel).ConfigureAwait(false);
        peer.EndSending();
        await peer.Next.WaitAsync(cancel).ConfigureAwait(false);
    });

    /// <summary>Says no more, and waits until the peer has closed its end, or for a while: it may still have its Ack to send.</summary>
    public Task HearOut(Peer peer) => Try(PatienceForAck, async cancel =>
    {
        peer.EndSending();
        while (await peer.Next.WaitAsync(cancel).ConfigureAwait(false) is not null)
        {
            await peer.WholePayload().WaitAsync(cancel).ConfigureAwait(false);
            peer.ReadOn();
        }
    });

    private async Task Close(Peer peer, TimeSpan patience, Func<CancellationToken, Task> say)
    {
        using (peer)
        {
            await Try(patience, say).ConfigureAwait(false);
        }
    }

    private async Task Try(TimeSpan patience, Func<CancellationToken, Task> say)
    {
        using var limit = new CancellationTokenSource(patience, time);
        try
        {
            await say(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SrpException or OperationCanceledException)
        {
            // It is gone, or does not read: then it knows without our words.
        }
    }
}
