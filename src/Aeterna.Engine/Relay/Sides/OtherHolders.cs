using System.Diagnostics;
using Aeterna.Linux;

namespace Aeterna.Relay.Sides;

/// <summary>
/// Whether another process of a generation has a connection too that one is about to close: it was forked for it, or was passed it, and goes on with it. From any thread.
/// </summary>
/// <param name="members">The processes of the generation. Asked once a second at most, since that may take a walk through /proc; who was forked since is found by its parent.</param>
internal sealed class OtherHolders(Func<IReadOnlyList<int>> members)
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private IReadOnlyList<int> _members = [];
    private long? _askedAt;

    /// <summary>Whether there is one.</summary>
    /// <param name="process">Who closes.</param>
    /// <param name="end">The engine's duplicate; stays the caller's.</param>
    public bool Have(int process, FileDescriptor end) =>
        ProcFs.SocketInode(Environment.ProcessId, end.Number) is not { } inode
        || ProcFs.Children(process).Concat(Members()).Any(pid => pid != process && pid != Environment.ProcessId && ProcFs.Sockets(pid).Contains(inode));

    private IReadOnlyList<int> Members()
    {
        lock (_gate)
        {
            if (_askedAt is not { } at || Stopwatch.GetElapsedTime(at) > _longest)
            {
                (_members, _askedAt) = (members(), Stopwatch.GetTimestamp());
            }

            return _members;
        }
    }
}
