using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>Descriptors over a unix socket: SCM_RIGHTS with sendmsg(2) and recvmsg(2) (unix(7), cmsg(3)).</summary>
internal static partial class FdPassing
{
    /// <summary>SCM_MAX_FD (net/scm.h).</summary>
    public const int MaxFds = 253;

    private const int SCM_RIGHTS = 1;
    private const int MSG_NOSIGNAL = 0x4000;
    private const int MSG_CMSG_CLOEXEC = 0x40000000;
    private const int MSG_CTRUNC = 8;

    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct IoVec
    {
        public byte* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct MsgHdr
    {
        public void* Name;
        public uint NameLength;
        public IoVec* Iov;
        public nuint IovLength;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct CMsgHdr
    {
        public nuint Length;
        public int Level;
        public int Type;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint sendmsg(int fd, MsgHdr* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint recvmsg(int fd, MsgHdr* message, int flags);

    /// <summary>Sends one or more bytes with descriptors, which stay the caller's. Returns the bytes sent; the descriptors go with the first.</summary>
    /// <exception cref="LinuxException">EPIPE, ECONNRESET (the other end is gone), ETOOMANYREFS.</exception>
    public static unsafe int Send(int socket, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> fds)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fds.Length, MaxFds);
        Span<byte> control = stackalloc byte[sizeof(CMsgHdr) + ((fds.Length * sizeof(int)) + 7) / 8 * 8];
        control.Clear();
        fixed (byte* data = bytes)
        fixed (byte* c = control)
        {
            var iov = new IoVec { Base = data, Length = (nuint)bytes.Length };
            var message = new MsgHdr { Iov = &iov, IovLength = 1 };
            if (fds.Length > 0)
            {
                *(CMsgHdr*)c = new CMsgHdr
                {
                    Length = (nuint)(sizeof(CMsgHdr) + (fds.Length * sizeof(int))),
                    Level = Libc.SOL_SOCKET,
                    Type = SCM_RIGHTS,
                };
                fds.CopyTo(new Span<int>(c + sizeof(CMsgHdr), fds.Length));
                message.Control = c;
                message.ControlLength = (nuint)control.Length;
            }

            nint sent;
            do
            {
                sent = sendmsg(socket, &message, MSG_NOSIGNAL);
            }
            while (sent < 0 && Errno.Last == Errno.EINTR);
            return (int)Errno.ThrowIfFailed(sent, "sendmsg");
        }
    }

    /// <summary>Receives bytes and the descriptors that came with them (CLOEXEC; the caller owns them). 0 bytes = the other end closed.</summary>
    /// <exception cref="LinuxException">ECONNRESET; EMFILE when there was no room for the descriptors.</exception>
    public static unsafe int Receive(int socket, Span<byte> bytes, List<int> fds)
    {
        Span<byte> control = stackalloc byte[sizeof(CMsgHdr) + (MaxFds * sizeof(int)) + 4];
        fixed (byte* data = bytes)
        fixed (byte* c = control)
        {
            var iov = new IoVec { Base = data, Length = (nuint)bytes.Length };
            var message = new MsgHdr { Iov = &iov, IovLength = 1, Control = c, ControlLength = (nuint)control.Length };
            nint received;
            do
            {
                received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
            }
            while (received < 0 && Errno.Last == Errno.EINTR);
            Errno.ThrowIfFailed(received, "recvmsg");
            var header = (CMsgHdr*)c;
            if (message.ControlLength >= (nuint)sizeof(CMsgHdr) && header->Level == Libc.SOL_SOCKET && header->Type == SCM_RIGHTS)
            {
                fds.AddRange(new Span<int>(c + sizeof(CMsgHdr), ((int)header->Length - sizeof(CMsgHdr)) / sizeof(int)));
            }

            return (message.Flags & MSG_CTRUNC) == 0 ? (int)received : throw new LinuxException("recvmsg", Errno.EMFILE);
        }
    }
}
