using Aeterna.Linux;

namespace Aeterna.Listeners;

/// <summary>
/// The multicast groups of a socket that generations share. To the kernel they are the socket's: a second join of one fails, and one generation's
/// leaving would end them for all. Here each generation has its own. Guarded by the table's lock.
/// </summary>
/// <param name="socket">The held socket; the owner's.</param>
internal sealed class Memberships(FileDescriptor socket)
{
    private readonly Dictionary<MembershipOption, Joined> _joined = [];

    /// <summary>A generation joins a group, or leaves it; 0 or an errno, as it would have had on a socket of its own.</summary>
    /// <param name="generation">Its number.</param>
    /// <param name="call">What it asks.</param>
    /// <param name="others">The other generations that have the socket.</param>
    /// <param name="isEnding">It leaves because it ends: what nobody else is in by now is kept for the next generation.</param>
    public int Set(int generation, MembershipCall call, IEnumerable<int> others, bool isEnding)
    {
        var key = call.Key;
        var known = _joined.GetValueOrDefault(key);
        if (call.Option.Joins)
        {
            return known is null ? Join(generation, call, others) : known.Owners.Add(generation) ? 0 : AlreadyIn(call);
        }

        if (known is null)
        {
            return call.Apply(socket.Number);
        }

        return !known.Owners.Remove(generation) ? (call.Option.Source is null ? Errno.EADDRNOTAVAIL : Errno.EINVAL)
            : known.Owners.Count > 0 || isEnding ? 0
            : Leave(key, known);
    }

    /// <summary>A generation is in a group by the socket already: it joined before the socket was held.</summary>
    public void Note(int generation, MembershipCall call) => _joined[call.Key] = new Joined(call, [generation]);

    /// <summary>They as plain data.</summary>
    public IReadOnlyList<MembershipState> State() =>
        [.. _joined.Values.Select(joined => new MembershipState(joined.By.Level, joined.By.Name, joined.By.Value, [.. joined.Owners]))];

    /// <summary>Knows one that the socket is in already.</summary>
    public void Take(MembershipState state)
    {
        if (MembershipOption.Read(state.Level, state.Name, state.Value) is { } option)
        {
            var call = new MembershipCall(option, state.Level, state.Name, state.Value);
            _joined[call.Key] = new Joined(call, [.. state.Owners]);
        }
    }

    /// <summary>A generation is gone. What only it was in is kept for the next one.</summary>
    public void Forget(int generation)
    {
        foreach (var joined in _joined.Values)
        {
            joined.Owners.Remove(generation);
        }
    }

    /// <summary>Leaves the groups that no generation is in.</summary>
    public void LeaveUnused()
    {
        foreach (var (key, joined) in _joined.Where(j => j.Value.Owners.Count == 0).ToList())
        {
            Leave(key, joined);
        }
    }

    // What the kernel says (net/ipv4/igmp.c, ip_mc_join_group and ip_mc_source; net/ipv6/mcast.c).
    private static int AlreadyIn(MembershipCall call) => call.Option.Source is null ? Errno.EADDRINUSE : Errno.EADDRNOTAVAIL;

    private int Join(int generation, MembershipCall call, IEnumerable<int> others)
    {
        var error = call.Apply(socket.Number);
        if (error != 0 && error != AlreadyIn(call))
        {
            return error;
        }

        // Already in: another generation joined it under another name, as by the address of the interface that this one has by number.
        _joined[call.Key] = new Joined(call, error == 0 ? [generation] : [generation, .. others]);
        return 0;
    }

    private int Leave(MembershipOption key, Joined joined)
    {
        _joined.Remove(key);
        return joined.By.Undone().Apply(socket.Number);
    }

    private sealed record Joined(MembershipCall By, HashSet<int> Owners);
}

/// <summary>A setsockopt(2) that joins or leaves a group.</summary>
/// <param name="Option">What it says.</param>
/// <param name="Level">Its level.</param>
/// <param name="Name">Its number.</param>
/// <param name="Value">Its value.</param>
internal sealed record MembershipCall(MembershipOption Option, int Level, int Name, byte[] Value)
{
    /// <summary>The same for a join and for the leaving that ends it.</summary>
    public MembershipOption Key => Option with { Joins = true };

    /// <summary>Does it on a socket; 0 or an errno.</summary>
    public int Apply(int fd) => Libc.SetOption(fd, Level, Name, Value.AsSpan()) ? 0 : Errno.Last;

    /// <summary>The leaving that ends a join.</summary>
    public MembershipCall Undone() => this with { Option = Option with { Joins = false }, Name = MembershipOption.Opposite(Name) };
}
