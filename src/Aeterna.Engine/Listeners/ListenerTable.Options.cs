namespace Aeterna.Listeners;

/// <content>What a generation sees of a held socket, and does to it, as if it were its own.</content>
internal sealed partial class ListenerTable
{
    /// <summary>Whether a socket listens, but not because this generation has asked for it by now.</summary>
    public bool ListensUnasked(int generation, ulong inode)
    {
        lock (_gate)
        {
            return _byInode.GetValueOrDefault(inode) is { Backlog: not null } held && !held.Serving.Contains(generation);
        }
    }

    /// <summary>Answers a setsockopt(2) by which a generation joins or leaves a multicast group. Null = not held, none of ours.</summary>
    public int? SetMembership(int generation, ulong inode, MembershipCall call)
    {
        lock (_gate)
        {
            return _byInode.GetValueOrDefault(inode) is { Memberships: { } memberships } held
                ? memberships.Set(generation, call, held.Bound.Where(g => g != generation), isEnding: _retired.Contains(generation))
                : null;
        }
    }
}
