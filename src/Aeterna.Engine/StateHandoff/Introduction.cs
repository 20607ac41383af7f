using Microsoft.Extensions.Logging;

namespace Aeterna.StateHandoff;

/// <summary>What a new peer is here for: it says so, or its silence does.</summary>
internal sealed class Introduction(
    PeerTable peers, IdlePeers idle, Prospects prospects, PeerFarewell farewell, TimeProvider time, ILogger logger)
{
    /// <summary>Time in which a process says who it is; after it, it is taken for one that only reads.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Takes a peer in, and learns its role.</summary>
    public async Task Welcome(Peer peer)
    {
        if (!peers.TryAdd(peer))
        {
            await farewell.TurnAway(peer, "busy", $"there are {PeerTable.Most} connections already").ConfigureAwait(false);
            return;
        }

        var held = false;
        try
        {
            peer.ReadOn();
            if (!await peer.Next.IsDoneWithin(Grace, time).ConfigureAwait(false))
            {
                peers.TakeForReader(peer);
                prospects.DismissCold();
            }

            var header = await peer.Next.ConfigureAwait(false);
            held = peers.TryClaim(peer); // From here on nobody else does, until it is known for what it is here.
            if (held)
            {
                await Learn(peer, header).ConfigureAwait(false);
            }
        }
        catch (SrpException e) when (held || !peer.Claimed)
        {
            peers.Drop(peer);
            await farewell.BreakOff(peer, e.Message).ConfigureAwait(false);
        }
        catch (SrpException)
        {
            // The handoff that has claimed it says so.
        }
    }

    private async Task Learn(Peer peer, FrameHeader? first)
    {
        switch (first?.Type)
        {
            case null:
                peers.Remove(peer);
                break;
            case { } type when type.IsState():
                await TakePush(peer).ConfigureAwait(false);
                break;
            case FrameType.Hello:
                await Hear(peer).ConfigureAwait(false);
                break;
            default:
                throw new SrpException($"sent a frame of type 0x{(byte)first.Value.Type:X2} in place of a Hello");
        }
    }

    private async Task Hear(Peer peer)
    {
        var hello = await peer.Words(PayloadJson.Default.HelloPayload).ConfigureAwait(false);
        peer.ReadOn();
        switch (hello.Role)
        {
            case HelloPayload.Provider:
                await Register(peer).ConfigureAwait(false);
                break;
            case HelloPayload.Receiver:
                peer.WantsFinal = hello.Final;
                peers.Free(peer, PeerRole.Receiver);
                _ = idle.Watch(peer);
                prospects.DismissCold();
                break;
            default:
                await Refuse(peer, "role", "its Hello names neither the role provider nor receiver").ConfigureAwait(false);
                break;
        }
    }

    private async Task Register(Peer peer)
    {
        if (!peers.TryFreeAsProvider(peer))
        {
            await Refuse(peer, "second_provider", "its generation has a provider already").ConfigureAwait(false);
            return;
        }

        logger.Provider(peer.Pid, peer.Generation);
        _ = idle.Watch(peer);
    }

    private async Task TakePush(Peer peer)
    {
        if (prospects.PushAwaited != peer.Generation)
        {
            await Refuse(peer, "not_asked", "nobody has asked for its state").ConfigureAwait(false);
            return;
        }

        peers.Free(peer, PeerRole.Pusher);
    }

    private Task Refuse(Peer peer, string code, string why)
    {
        peers.Drop(peer);
        return farewell.TurnAway(peer, code, why);
    }
}
