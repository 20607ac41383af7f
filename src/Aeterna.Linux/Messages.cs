using System.Net;
using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// Datagrams with what the kernel tells of them beside their bytes: recvmsg(2) and sendmsg(2) with control data (cmsg(3), unix(7), ip(7),
/// ipv6(7)). Never waits, whatever the socket's O_NONBLOCK says.
/// </summary>
internal static unsafe partial class Messages
{
    /// <summary>There is room to send (poll(2)).</summary>
    public const short POLLOUT = 4;

    private const int MSG_TRUNC = 0x20;
    private const int MSG_DONTWAIT = 0x40;
    private const int MSG_NOSIGNAL = 0x4000;
    private const int MSG_CMSG_CLOEXEC = 0x40000000;
    private const int SCM_RIGHTS = 1;
    private const int SCM_CREDENTIALS = 2;
    private const int SO_SNDBUF = 7;
    private const int SO_PASSCRED = 16;
    private const int SO_SNDBUFFORCE = 32;
    private const int IPPROTO_IP = 0;
    private const int IP_PKTINFO = 8;
    private const int IPV6_RECVPKTINFO = 49;
    private const int IPV6_PKTINFO = 50;
    private const int HeaderSize = 16;

    // The destination's address within struct in_pktinfo; in struct in6_pktinfo it is at the beginning.
    internal const int PktInfoAddressOffset = 8;

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendmsg(int fd, FdPassing.MsgHdr* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recvmsg(int fd, FdPassing.MsgHdr* message, int flags);

    /// <summary>Has the kernel note, from now on, who sends each datagram to a unix socket.</summary>
    /// <exception cref="LinuxException">EBADF, ENOTSOCK.</exception>
    public static void WantCredentials(int socket)
    {
        if (!Libc.SetOption(socket, Libc.SOL_SOCKET, SO_PASSCRED, 1))
        {
            throw new LinuxException("setsockopt(SO_PASSCRED)", Errno.Last);
        }
    }

    /// <summary>Gives a socket a send buffer of so many bytes (the kernel takes the double, for its own bookkeeping), or as many as it grants (net.core.wmem_max).</summary>
    public static void WidenSendBuffer(int socket, int bytes)
    {
        if (!Libc.SetOption(socket, Libc.SOL_SOCKET, SO_SNDBUFFORCE, bytes))
        {
            Libc.SetOption(socket, Libc.SOL_SOCKET, SO_SNDBUF, bytes);
        }
    }

    /// <summary>Switches on or off that <see cref="TryReceive"/> tells where a datagram was sent to; it tells of those in the queue too. Returns what it was before.</summary>
    public static bool WantDestination(int socket, bool wanted)
    {
        var v6 = Libc.GetOption(socket, Libc.SOL_SOCKET, Libc.SO_DOMAIN) == Libc.AF_INET6;
        var (level, name) = v6 ? (Libc.IPPROTO_IPV6, IPV6_RECVPKTINFO) : (IPPROTO_IP, IP_PKTINFO);
        var before = Libc.GetOption(socket, level, name) == 1;
        Libc.SetOption(socket, level, name, wanted ? 1 : 0);
        return before;
    }

    /// <summary>Takes one datagram. Descriptors that came with it are closed.</summary>
    /// <returns>0, or an errno: EAGAIN when there is none.</returns>
    public static int TryReceive(int socket, Span<byte> buffer, out ReceivedDatagram datagram)
    {
        var name = stackalloc byte[SockAddr.MaxLength];
        var control = stackalloc byte[HeaderSize + (FdPassing.MaxFds * sizeof(int)) + 256];
        fixed (byte* data = buffer)
        {
            var iov = new FdPassing.IoVec { Base = data, Length = (nuint)buffer.Length };
            var message = new FdPassing.MsgHdr
            {
                Name = name,
                NameLength = SockAddr.MaxLength,
                Iov = &iov,
                IovLength = 1,
                Control = control,
                ControlLength = HeaderSize + (FdPassing.MaxFds * sizeof(int)) + 256,
            };
            nint received;
            do
            {
                received = recvmsg(socket, &message, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
            }
            while (received < 0 && Errno.Last == Errno.EINTR);
            datagram = default;
            if (received < 0)
            {
                return Errno.Last;
            }

            var source = new ReadOnlySpan<byte>(name, (int)Math.Min(message.NameLength, SockAddr.MaxLength));
            datagram = ReadControl(new ReadOnlySpan<byte>(control, (int)message.ControlLength)) with
            {
                Length = (int)received,
                Source = SockAddr.ReadEndpoint(source),
            };
            return 0;
        }
    }

    /// <summary>Sends one datagram on a connected unix socket, whole or not at all.</summary>
    /// <param name="socket">The socket; stays the caller's.</param>
    /// <param name="bytes">The datagram.</param>
    /// <param name="sender">Who is to be taken for its sender; null: this process.</param>
    /// <returns>
    /// 0, or an errno: EAGAIN (no room), EMSGSIZE (larger than the send buffer), EPERM (not allowed to send as another), ESRCH (the sender's process is gone
    /// and reaped), EPIPE and ECONNREFUSED (nobody reads).
    /// </returns>
    public static int TrySend(int socket, ReadOnlySpan<byte> bytes, PeerCredentials? sender)
    {
        var control = stackalloc byte[HeaderSize + 16]; // struct ucred: 12 bytes, padded
        new Span<byte>(control, HeaderSize + 16).Clear();
        fixed (byte* data = bytes)
        {
            var iov = new FdPassing.IoVec { Base = data, Length = (nuint)bytes.Length };
            var message = new FdPassing.MsgHdr { Iov = &iov, IovLength = 1 };
            if (sender is { } credentials)
            {
                *(FdPassing.CMsgHdr*)control = new FdPassing.CMsgHdr
                {
                    Length = (nuint)(HeaderSize + sizeof(PeerCredentials)),
                    Level = Libc.SOL_SOCKET,
                    Type = SCM_CREDENTIALS,
                };
                *(PeerCredentials*)(control + HeaderSize) = credentials;
                message.Control = control;
                message.ControlLength = HeaderSize + 16;
            }

            nint sent;
            do
            {
                sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
            }
            while (sent < 0 && Errno.Last == Errno.EINTR);
            return sent < 0 ? Errno.Last : 0;
        }
    }

    private static ReceivedDatagram ReadControl(ReadOnlySpan<byte> control)
    {
        var result = default(ReceivedDatagram);
        while (control.Length >= HeaderSize)
        {
            var header = MemoryMarshal.Read<FdPassing.CMsgHdr>(control);
            var length = (int)header.Length;
            if (length < HeaderSize || length > control.Length)
            {
                break;
            }

            var value = control[HeaderSize..length];
            switch (header.Level, header.Type)
            {
                case (Libc.SOL_SOCKET, SCM_CREDENTIALS):
                    result = result with { Sender = MemoryMarshal.Read<PeerCredentials>(value) };
                    break;
                case (Libc.SOL_SOCKET, SCM_RIGHTS):
                    result = result with { Descriptors = value.Length / sizeof(int) };
                    Close(MemoryMarshal.Cast<byte, int>(value));
                    break;
                case (IPPROTO_IP, IP_PKTINFO):
                    result = result with { Destination = new IPAddress(value.Slice(PktInfoAddressOffset, 4)) };
                    break;
                case (Libc.IPPROTO_IPV6, IPV6_PKTINFO):
                    var address = new IPAddress(value[..16]);
                    result = result with { Destination = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address };
                    break;
                default:
                    break;
            }

            control = control[Math.Min(control.Length, (length + 7) / 8 * 8)..];
        }

        return result;
    }

    private static void Close(ReadOnlySpan<int> descriptors)
    {
        foreach (var descriptor in descriptors)
        {
            _ = LibC.close(descriptor);
        }
    }
}

/// <summary>What came with a datagram.</summary>
/// <param name="Length">Its length, also when it was longer than the buffer.</param>
/// <param name="Source">Where it comes from, for internet sockets.</param>
/// <param name="Destination">Where it was sent to, if that was asked for; IPv4 addresses as such.</param>
/// <param name="Sender">Who sent it, for unix sockets that were told to want credentials. A process id of 0: none that has one here.</param>
/// <param name="Descriptors">Number of descriptors that came with it, all closed.</param>
internal readonly record struct ReceivedDatagram(int Length, IPEndPoint? Source, IPAddress? Destination, PeerCredentials? Sender, int Descriptors);
