using Aeterna.Linux;
using Aeterna.Machine.Plans;

namespace Aeterna.Listeners;

/// <content>Which of the held sockets a caller means. Under the lock.</content>
internal sealed partial class ListenerTable
{
    /// <summary>What the same generation has bound to the same address before, by inode.</summary>
    private IEnumerable<ulong> SameBoundBy(BindCall call)
    {
        var key = KnownKey(call);
        return _byKey.Values.Where(h => h.Bound.Contains(call.Generation) && GroupKey(h) == key with { Ordinal = 0 })
            .Select(h => InodeOf(h, call.Generation)).OfType<ulong>();
    }

    /// <summary>
    /// The key by which a caller's socket is held, or will be, and whether it is one more for an input that directs what comes to all; null: the
    /// address is the caller's own already.
    /// </summary>
    private (SocketKey Key, bool IsFurther)? FindKey(BindCall call, HashSet<ulong> open)
    {
        var key = KnownKey(call);
        while (_byKey.TryGetValue(key, out var taken) && taken.Bound.Contains(call.Generation)
            && InodeOf(taken, call.Generation) is { } inode && open.Contains(inode))
        {
            if (!MayShare(call))
            {
                return null;
            }

            if (taken.Input is not null)
            {
                return (key, true);
            }

            key = key with { Ordinal = key.Ordinal + 1 };
        }

        return (_byKey.ContainsKey(key) ? key : WithoutMore(call, key), false);
    }

    // The kernel lets sockets of one program share an address then; of datagrams without a group the newest gets all.
    private static bool MayShare(BindCall call) =>
        Libc.GetOption(call.Socket.Number, Libc.SOL_SOCKET, Libc.SO_REUSEPORT) == 1
        || (call.Key.Address.Scheme == ListenerScheme.Udp && Libc.GetOption(call.Socket.Number, Libc.SOL_SOCKET, Libc.SO_REUSEADDR) == 1);

    /// <summary>The key of the held socket that the caller means, whatever path to its place it has taken; otherwise the caller's own.</summary>
    private SocketKey KnownKey(BindCall call) =>
        call.Place is not { } place ? call.Key
        : _byKey.Values.FirstOrDefault(h => h.Key.Address.Scheme == call.Key.Address.Scheme && h.File?.Means(place.Where) == true)?.Key ?? call.Key;

    /// <summary>Whether the file of a held socket is gone, or its path leads elsewhere by now: what is held is then not what the caller means.</summary>
    private static bool IsLost(HeldSocket held, BindCall call) =>
        held.File is { } file && (!file.IsThere || (call.Place is { } place && !file.Means(place.Where)));
}
