using Aeterna.Linux;
using Aeterna.Listeners.Traffic;

namespace Aeterna.Listeners;

/// <summary>A bind(2) that a generation waits for.</summary>
internal sealed record BindCall : JoinCall
{
    public required SocketKey Key { get; init; }

    /// <summary>Where the socket's file is to be; null for a socket without one. Stays the broker's.</summary>
    public FilePlace? Place { get; init; }

    /// <summary>What the caller may; null: the engine itself asks.</summary>
    public Rights? Rights { get; init; }

    /// <summary>The multicast groups that it has joined by now.</summary>
    public IReadOnlyList<MembershipCall> Memberships { get; init; } = [];

    /// <summary>The caller.</summary>
    public int Process { get; init; }

    /// <summary>Its descriptor.</summary>
    public int Number { get; init; }

    /// <summary>The generation's main process.</summary>
    public int MainProcess { get; init; }

    /// <summary>The inode of a held socket that this one has been until now, under a name in passing.</summary>
    public ulong? Passing { get; init; }

    /// <summary>Which of some sockets (by inode) the calling process or its relatives have open. May take long.</summary>
    public required Func<IReadOnlyCollection<ulong>, IEnumerable<ulong>> WhichAreOpen { get; init; }
}
