using Aeterna.Linux;
using Aeterna.Listeners.Traffic;

namespace Aeterna.Relay.Datagrams;

/// <summary>
/// A generation's private side: a pair of connected sockets, of which the generation reads one end in place of the socket that it bound.
/// Nobody else can send to it. Owns the engine's end and a duplicate of the other one; guarded by its relay's lock.
/// </summary>
/// <remarks>
/// net.unix.max_dgram_qlen does not apply between the two ends of a pair: the queue is bounded by the send buffer of the engine's end.
/// </remarks>
internal sealed class DatagramSide : IDisposable
{
    private readonly FileDescriptor _theirs;

    private DatagramSide(FileDescriptor ours, FileDescriptor theirs)
    {
        (Ours, _theirs) = (ours, theirs);
        Inode = ProcFs.SocketInode(Environment.ProcessId, theirs.Number) ?? throw new LinuxException("readlink(/proc/self/fd)", Errno.EBADF);
    }

    /// <summary>The engine's end.</summary>
    public FileDescriptor Ours { get; }

    /// <summary>The generation's end, by which /proc/PID/fd names it.</summary>
    public ulong Inode { get; }

    /// <summary>Given to the generation and not taken back.</summary>
    public GivenCounts Given { get; set; }

    /// <summary>The generation reads no more (it has shut its end down); what is meant for it waits for another one.</summary>
    public bool IsBroken { get; set; }

    /// <summary>The engine's end counts what the other has not consumed yet, empty datagrams too.</summary>
    public bool HasUnread => Unread > 0;

    /// <summary>Bytes of the kernel's memory that are taken up by what the other has not consumed yet.</summary>
    public long Unread => SocketQueues.Of(Ours.Number).Unsent;

    /// <summary>Opens a pair.</summary>
    /// <exception cref="LinuxException">EMFILE, ENFILE.</exception>
    public static unsafe DatagramSide Open()
    {
        var ends = stackalloc int[2];
        Errno.ThrowIfFailed(LibC.socketpair(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0, ends), "socketpair");
        var side = new DatagramSide(new FileDescriptor(ends[0]), new FileDescriptor(ends[1]));
        Messages.WidenSendBuffer(side.Ours.Number, WaitingDatagrams.MaxBytes);
        return side;
    }

    /// <summary>Goes on with a predecessor's, whose descriptors it takes over.</summary>
    public static DatagramSide From(DatagramSideState state) =>
        new(new FileDescriptor(state.Ours), new FileDescriptor(state.Theirs)) { Given = state.Given, IsBroken = state.IsBroken };

    /// <summary>It as plain data.</summary>
    public DatagramSideState State(int generation) => new(generation, Ours.Number, _theirs.Number, Given, IsBroken);

    /// <summary>Puts the generation's end in the place of the socket that it binds, with the options that it has set on that.</summary>
    /// <returns>False when the generation is gone.</returns>
    public bool GiveTo(JoinCall call)
    {
        SocketOptions.Copy(call.Socket.Number, _theirs.Number);
        SocketOptions.CopyFlags(call.Socket.Number, _theirs.Number);
        Messages.WantCredentials(_theirs.Number); // Noted when a datagram is sent: too late once the program asks for it.
        return call.Give(_theirs.Number);
    }

    /// <summary>Takes out all that the generation has not read.</summary>
    public List<Datagram> TakeBack(byte[] buffer)
    {
        List<Datagram> unread = [];
        Messages.WantCredentials(_theirs.Number);
        while (Messages.TryReceive(_theirs.Number, buffer, out var datagram) == 0)
        {
            unread.Add(new Datagram(buffer[..datagram.Length], datagram.Sender));
        }

        Given = new GivenCounts(Given.Frames - unread.Count, Given.Bytes - unread.Sum(d => (long)d.Bytes.Length));
        return unread;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Ours.Dispose();
        _theirs.Dispose();
    }
}
