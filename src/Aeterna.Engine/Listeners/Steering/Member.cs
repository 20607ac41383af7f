using Aeterna.Linux;
using Aeterna.Listeners.Traffic;

namespace Aeterna.Listeners.Steering;

/// <summary>A socket of the group. Owns the engine's duplicate of it; guarded by its input's lock.</summary>
/// <param name="fd">The duplicate. While it is open the socket stays in the group, whatever its program does.</param>
/// <param name="generation">Whose it is; null for the waiting room.</param>
internal sealed class Member(FileDescriptor fd, int? generation) : IDisposable
{
    public FileDescriptor Fd { get; } = fd;

    /// <summary>The socket's inode, by which /proc/PID/fd names it.</summary>
    public ulong Inode { get; } =
        ProcFs.SocketInode(Environment.ProcessId, fd.Number) ?? throw new LinuxException("readlink(/proc/self/fd)", Errno.EBADF);

    /// <summary>Whose it is. Null: nobody's; what it gets waits in it for the next generation.</summary>
    public int? Generation { get; set; } = generation;

    /// <summary>
    /// Nobody is to get anything through it any more, but its program may still run and so have the socket open. The duplicate is
    /// kept until that is gone: else the socket would leave the group, and change the others' order, at a moment that nobody tells us.
    /// </summary>
    public bool Departed { get; set; }

    /// <summary>Datagrams that the engine put into its queue, and their bytes.</summary>
    public GivenCounts Given { get; set; }

    public bool HasUnread => SocketQueues.Of(Fd.Number).Unread > 0;

    /// <inheritdoc/>
    public void Dispose() => Fd.Dispose();
}
