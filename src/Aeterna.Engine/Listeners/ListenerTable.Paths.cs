using Aeterna.Linux;

namespace Aeterna.Listeners;

/// <content>What the broker asks when a generation works on the path of a socket. The files themselves are never looked at under the lock.</content>
internal sealed partial class ListenerTable
{
    /// <summary>Whether a held socket has, or was bound under, a last name: a cheap question before the others.</summary>
    public bool HasPathNamed(string? name)
    {
        lock (_gate)
        {
            return name is not null && _byKey.Values.Any(h => h.File?.HasName(name) == true);
        }
    }

    /// <summary>Whether what is at a place is the socket file of a held socket.</summary>
    public bool IsHeldPath(FilePlace? place)
    {
        var file = place?.Socket();
        lock (_gate)
        {
            return HeldAs(file) is not null;
        }
    }

    /// <summary>
    /// The socket at a place, if one generation alone has it and nothing is configured for it: it may be on its way to the name that it is meant
    /// for. Null: there is none. The duplicate is the caller's.
    /// </summary>
    public PassingSocket? FindPassing(int generation, FilePlace place)
    {
        var file = place.Socket();
        lock (_gate)
        {
            return HeldAs(file) is { Input: null, Configured: false, Inode: { } inode, Seen: { } seen } held && held.Bound.All(g => g == generation)
                ? new PassingSocket(
                    held.Key.Address.Scheme, seen.Process, inode,
                    FileDescriptor.Duplicate(held.Fd.Number))
                : null;
        }
    }

    /// <summary>
    /// Answers a rename(2) that touches a held path, and by which none becomes another generation's. Null = none of ours. A held socket is
    /// followed; what would replace one is refused.
    /// </summary>
    /// <param name="generation">The caller's.</param>
    /// <param name="from">What is to be renamed.</param>
    /// <param name="to">Where to.</param>
    /// <param name="renameNow">Does it; 0 or an errno.</param>
    public int? Rename(int generation, FilePlace from, FilePlace to, Func<int> renameNow)
    {
        using var turn = _turns.Take(AnyPath);
        var (moved, replaced, isFree) = (from.Socket(), to.Socket(), from.IsEmpty());
        SocketFile file;
        lock (_gate)
        {
            var standing = HeldAs(replaced);
            if (HeldAs(moved) is not { File: { } itsFile } own)
            {
                // Of one that is relayed the name in passing is not bound a second time.
                return standing is null ? null : isFree && standing.File!.BoundAt == from.Where ? 0 : Errno.EBUSY;
            }

            if (standing is not null && standing != own && !standing.Bound.Contains(generation))
            {
                return Errno.EBUSY;
            }

            file = itsFile;
        }

        var error = renameNow();
        if (error == 0)
        {
            lock (_gate)
            {
                file.MovedTo(to.Copy());
            }
        }

        return error;
    }

    private HeldSocket? HeldAs(FileIdentity? file) => file is null ? null : _byKey.Values.FirstOrDefault(h => h.File?.Is(file.Value) == true);
}
