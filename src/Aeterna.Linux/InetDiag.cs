using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>What the kernel knows of one TCP socket.</summary>
/// <param name="State">Of the TCP states in netinet/tcp.h.</param>
/// <param name="Uid">
/// Who made it, in the reader's user namespace; the overflow uid for one that has no number there. Means nothing when no process has the
/// socket open any more: many kernels then say 0.
/// </param>
/// <param name="Inode">0 when no process has it open any more.</param>
internal readonly record struct TcpSocketFacts(int State, uint Uid, ulong Inode)
{
    /// <summary>It waits for connections: it is nobody's end of one.</summary>
    public bool IsListening => State == TCP_LISTEN;

    internal const int TCP_CLOSE = 7;
    internal const int TCP_LISTEN = 10;
}

/// <summary>
/// Sockets of this network namespace, asked of the kernel by their addresses (sock_diag(7), linux/inet_diag.h); needs no rights. Not every
/// kernel has it.
/// </summary>
internal static unsafe class InetDiag
{
    private const int AF_NETLINK = 16;
    private const int SOCK_RAW = 3;
    private const int NETLINK_SOCK_DIAG = 4;
    private const ushort SOCK_DIAG_BY_FAMILY = 20;
    private const ushort NLM_F_REQUEST = 1;
    private const ushort NLM_F_DUMP = 0x300;
    private const int DumpBytes = 16 * 1024;
    private const uint INET_DIAG_NOCOOKIE = uint.MaxValue;
    private const uint AllStates = uint.MaxValue;

    /// <summary>The socket whose own address is <paramref name="own"/> and whose peer's is <paramref name="peer"/>.</summary>
    /// <returns>Null when there is none, or the kernel cannot tell.</returns>
    public static TcpSocketFacts? Find(IPEndPoint own, IPEndPoint peer)
    {
        var wanted = SockId.Of(own, peer);
        using var socket = Ask(own.AddressFamily, Libc.IPPROTO_TCP, AllStates, wanted, NLM_F_REQUEST);
        var answer = stackalloc byte[2048];
        if (socket is null || Libc.read(socket.Number, answer, 2048) < sizeof(Answer) || ((MessageHeader*)answer)->Type != SOCK_DIAG_BY_FAMILY)
        {
            return null;
        }

        var found = ((Answer*)answer)->Body;

        // For want of a connection the kernel looks for one that listens: only this one's own numbers are an answer.
        return found.Id.SourcePort == wanted.SourcePort && found.Id.DestinationPort == wanted.DestinationPort
            ? new TcpSocketFacts(found.State, found.Uid, found.Inode)
            : null;
    }

    /// <summary>
    /// Whether a socket that is bound to a port, and has no peer, is still there: a socket lives on until the last process that has it has closed
    /// it, a copy that is between its fork(2) and its exec(2) among them.
    /// </summary>
    /// <param name="own">Where it is bound; only the family and the port count.</param>
    /// <param name="isStream">TCP, listening; else UDP.</param>
    /// <param name="inode">Its inode number.</param>
    /// <returns>False also where the kernel cannot tell.</returns>
    public static bool IsThere(IPEndPoint own, bool isStream, ulong inode)
    {
        var wanted = SockId.Of(own, new IPEndPoint(own.Address, 0));
        var (protocol, state) = isStream ? (Libc.IPPROTO_TCP, TcpSocketFacts.TCP_LISTEN) : (Libc.IPPROTO_UDP, TcpSocketFacts.TCP_CLOSE);
        using var socket = Ask(own.AddressFamily, protocol, 1u << state, wanted, NLM_F_REQUEST | NLM_F_DUMP);
        var found = false;
        var buffer = stackalloc byte[DumpBytes];
        for (nint left; socket is not null && (left = Libc.read(socket.Number, buffer, DumpBytes)) > 0;)
        {
            for (var message = buffer; left >= sizeof(MessageHeader);)
            {
                var header = *(MessageHeader*)message;
                if (header.Type != SOCK_DIAG_BY_FAMILY || header.Length > left)
                {
                    return found; // NLMSG_DONE, or an error.
                }

                var body = ((Answer*)message)->Body;
                found |= body.Inode == (uint)inode && body.Id.SourcePort == wanted.SourcePort;
                var step = (int)(header.Length + 3) & ~3;
                message += step;
                left -= step;
            }
        }

        return found;
    }

    /// <summary>A socket in which the answer waits: the kernel answers within the call that asks (netlink_unicast to the kernel). The caller's; null when it cannot.</summary>
    private static FileDescriptor? Ask(AddressFamily family, int protocol, uint states, SockId id, ushort flags)
    {
        var number = LibC.socket(AF_NETLINK, SOCK_RAW | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
        if (number < 0)
        {
            return null;
        }

        var socket = new FileDescriptor(number);
        var request = new Request
        {
            Header = new MessageHeader { Length = (uint)sizeof(Request), Type = SOCK_DIAG_BY_FAMILY, Flags = flags },
            Body = new InetDiagRequest
            {
                Family = (byte)(family == AddressFamily.InterNetworkV6 ? Libc.AF_INET6 : Libc.AF_INET),
                Protocol = (byte)protocol,
                States = states,
                Id = id,
            },
        };

        if (Libc.write(socket.Number, (byte*)&request, (nuint)sizeof(Request)) == sizeof(Request))
        {
            return socket;
        }

        socket.Dispose();
        return null;
    }

    /// <summary><c>struct nlmsghdr</c> of linux/netlink.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MessageHeader
    {
        public uint Length;
        public ushort Type;
        public ushort Flags;
        public uint Sequence;
        public uint Port;
    }

    /// <summary><c>struct inet_diag_sockid</c>; ports and addresses in network order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SockId
    {
        public ushort SourcePort;
        public ushort DestinationPort;
        public fixed byte Source[16];
        public fixed byte Destination[16];
        public uint Interface;
        public uint CookieLow;
        public uint CookieHigh;

        public static SockId Of(IPEndPoint own, IPEndPoint peer)
        {
            var id = new SockId
            {
                SourcePort = Port(own),
                DestinationPort = Port(peer),
                CookieLow = INET_DIAG_NOCOOKIE,
                CookieHigh = INET_DIAG_NOCOOKIE,
            };
            own.Address.TryWriteBytes(new Span<byte>(id.Source, 16), out _);
            peer.Address.TryWriteBytes(new Span<byte>(id.Destination, 16), out _);
            return id;
        }

        private static ushort Port(IPEndPoint endpoint) =>
            BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness((ushort)endpoint.Port) : (ushort)endpoint.Port;
    }

    /// <summary><c>struct inet_diag_req_v2</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct InetDiagRequest
    {
        public byte Family;
        public byte Protocol;
        public byte Extensions;
        public byte Padding;
        public uint States;
        public SockId Id;
    }

    /// <summary><c>struct inet_diag_msg</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct InetDiagMessage
    {
        public byte Family;
        public byte State;
        public byte Timer;
        public byte Retransmits;
        public SockId Id;
        public uint Expires;
        public uint ReceiveQueue;
        public uint WriteQueue;
        public uint Uid;
        public uint Inode;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Request
    {
        public MessageHeader Header;
        public InetDiagRequest Body;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Answer
    {
        public MessageHeader Header;
        public InetDiagMessage Body;
    }
}
