namespace Aeterna.StateHandoff;

/// <summary>The last words to a peer. Nobody waits long for them to be taken.</summary>
internal static class PeerFarewell
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    // An Ack may be slow in coming, and who sends it must not run into a closed connection.
    private static readonly TimeSpan _patienceForAck = TimeSpan.FromSeconds(10);

    /// <summary>Says why it is over, and closes.</summary>
    public static Task Refuse(Peer peer, ErrorPayload why) =>
        Close(peer, _patience, cancel => peer.Send(FrameType.Error, why, PayloadJson.Default.ErrorPayload, cancel).AsTask());

    /// <summary>Says that there is no state (any more), waits a little for the Ack, and closes.</summary>
    public static Task Dismiss(Peer peer) => Close(peer, _patienceForAck, async cancel =>
    {
        await peer.Send(FrameType.Finished, [], cancel).ConfigureAwait(false);
        peer.EndSending();
        await peer.Next.WaitAsync(cancel).ConfigureAwait(false);
    });

    private static async Task Close(Peer peer, TimeSpan patience, Func<CancellationToken, Task> say)
    {
        using (peer)
        {
            using var limit = new CancellationTokenSource(patience);
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
}
