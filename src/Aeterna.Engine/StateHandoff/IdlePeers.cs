namespace Aeterna.StateHandoff;

/// <summary>Peers that no handoff has: those that wait for one, and those that are done.</summary>
internal sealed class IdlePeers(PeerTable peers, PeerFarewell farewell)
{
    /// <summary>The caller is done with a claimed peer, which stays connected.</summary>
    public void Return(Peer peer)
    {
        peers.Free(peer, peer.Role);
        _ = Watch(peer);
    }

    /// <summary>The caller is done with a claimed peer, which is closed as soon as it closes, or after a while.</summary>
    public void LetGo(Peer peer) => _ = Part(peer);

    /// <summary>Sees to a peer until somebody claims it: it has nothing to say, so it goes, or it is in error.</summary>
    public async Task Watch(Peer peer)
    {
        string? why;
        try
        {
            var next = await peer.Next.ConfigureAwait(false);
            if (next?.Type == FrameType.Finished && peer.Role == PeerRole.Provider && peers.TryClaim(peer))
            {
                // It says late that what it gave was all.
                await peer.WholePayload().ConfigureAwait(false);
                peer.ReadOn();
                Return(peer);
                return;
            }

            why = next is null ? null : "sent a frame that nobody asked for";
        }
        catch (SrpException e)
        {
            why = e.Message;
        }

        if (peer.Claimed)
        {
            return; // A handoff has it, and sees to it.
        }

        peers.Drop(peer);
        if (why is null)
        {
            peer.Dispose();
            return;
        }

        await farewell.BreakOff(peer, why).ConfigureAwait(false);
    }

    private async Task Part(Peer peer)
    {
        await farewell.HearOut(peer).ConfigureAwait(false);
        peers.Remove(peer);
    }
}
