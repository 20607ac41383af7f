using System.Runtime.InteropServices;
using Aeterna.Linux;

namespace Aeterna.Keeper;

/// <summary>What a keeper and its engine tell each other, in packets over a pair of sockets that outlive the engine.</summary>
internal static class KeeperWire
{
    /// <summary>Names the engine's end in its environment.</summary>
    public const string Variable = "AETERNA_KEEPER";

    /// <summary>What a packet is about.</summary>
    public enum Kind
    {
        /// <summary>From the engine: this process is it, and that one is its guard (0: it has none).</summary>
        Guarded = 1,

        /// <summary>From the engine: it ends as it should, with this exit code.</summary>
        Left,

        /// <summary>From the keeper: a process of the service has ended, with this exit code (or -1) and this signal (or 0).</summary>
        Ended,

        /// <summary>From the keeper: this guard has ended, and there is to be another.</summary>
        GuardEnded,

        /// <summary>From the engine: the service has served, so that it is to be started anew when nothing can go on.</summary>
        Served,

        /// <summary>From the engine: the service is being stopped.</summary>
        Stopping,
    }

    /// <summary>A packet.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Packet
    {
        public Kind Kind;
        public int First;
        public int Second;
        public int Third;
    }

    /// <summary>Makes the pair: the keeper's end and the engine's; the caller's.</summary>
    /// <exception cref="LinuxException">EMFILE, ENFILE.</exception>
    public static unsafe (FileDescriptor Keeper, FileDescriptor Engine) Pair()
    {
        var ends = stackalloc int[2];
        Errno.ThrowIfFailed(LibC.socketpair(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0, ends), "socketpair");
        return (new FileDescriptor(ends[0]), new FileDescriptor(ends[1]));
    }

    /// <summary>Sends a packet. Nothing when nobody has the other end, or does not read: this must not hold up whoever sends.</summary>
    public static unsafe void Send(FileDescriptor end, Packet packet)
    {
        while (Libc.send(end.Number, (byte*)&packet, (nuint)sizeof(Packet), Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL) < 0 && Errno.Last == Errno.EINTR)
        {
        }
    }

    /// <summary>The next packet. Null: nobody has the other end; or none is there, where it does not wait.</summary>
    public static unsafe Packet? Receive(FileDescriptor end, bool wait)
    {
        while (true)
        {
            if (wait)
            {
                PollOnce.AwaitReadable(end.Number);
            }

            Packet packet;
            var length = Libc.recv(end.Number, (byte*)&packet, (nuint)sizeof(Packet), Libc.MSG_DONTWAIT);
            if (length == sizeof(Packet))
            {
                return packet;
            }

            if (length >= 0 || Errno.Last != Errno.EINTR)
            {
                return null;
            }
        }
    }
}
