using Aeterna.Generations;
using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Listeners.Steering;
using Aeterna.Listeners.Traffic;
using Aeterna.Relay;
using Aeterna.Relay.Datagrams;

namespace Aeterna.Keeper;

/// <summary>
/// What is left of a ledger whose engine has died: since it was written, some of the descriptors that it names may have been closed, and their numbers be those of something
/// else. Each is known by its inode.
/// </summary>
internal sealed class LedgerSifting
{
    private readonly HashSet<int> _strange;

    private LedgerSifting(EngineState state) => _strange = [.. state.Descriptors().Distinct().Where(fd => state.Inodes.TryGetValue(fd, out var inode) && FileStatus.InodeOf(fd) != inode)];

    /// <summary>The state without what is not there any more.</summary>
    /// <param name="state">The ledger's.</param>
    /// <param name="inherited">Of its descriptors those that this process was executed with: what was free then may be something of its own by now.</param>
    public static EngineState Sift(EngineState state, IReadOnlySet<int> inherited)
    {
        var sifting = new LedgerSifting(state);
        foreach (var fd in sifting._strange.Where(inherited.Contains))
        {
            _ = LibC.close(fd); // What it was is closed already, and this is nobody's.
        }

        return sifting._strange.Count == 0 ? state : sifting.Sifted(state);
    }

    private EngineState Sifted(EngineState state) => state with
    {
        IsGone = !IsThere(state.Generation),
        Leaving = [.. state.Leaving.Where(IsThere)],
        Listeners = Sifted(state.Listeners),
    };

    private bool IsThere(GenerationState generation) => !EngineState.Of(generation).Any(_strange.Contains);

    private ListenersState Sifted(ListenersState listeners)
    {
        var left = listeners.Sockets.Where(held => held.Fd is not { } fd || !_strange.Contains(fd)).ToList();
        return listeners with
        {
            Sockets = left.ConvertAll(held => held with { Input = held.Input is { } input ? Sifted(input) : null }),
            Groups =
            [
                .. listeners.Groups.Select(group => group with { Order = [.. group.Order.Select(place => left.IndexOf(listeners.Sockets[place])).Where(place => place >= 0)] })
                    .Where(group => group.Order.Count > 0),
            ],
        };
    }

    private InputState Sifted(InputState input) => input switch
    {
        StreamRelayState streams => streams with { Sides = [.. streams.Sides.Where(side => !_strange.Contains(side.Listener))] },
        DatagramRelayState datagrams => datagrams with { Sides = [.. datagrams.Sides.Where(side => !_strange.Contains(side.Ours) && !_strange.Contains(side.Theirs))] },
        SteeredState steered => Sifted(steered),
        _ => input,
    };

    private SteeredState Sifted(SteeredState steered)
    {
        var left = steered.Members.Where(member => !_strange.Contains(member.Fd)).ToList();
        return steered with
        {
            Members = left,
            Order = [.. steered.Order.Select(Place).Where(place => place >= 0)],
            Main = Place(steered.Main),
            Heir = Place(steered.Heir),
        };

        int Place(int before) => before < 0 ? -1 : left.IndexOf(steered.Members[before]);
    }
}
