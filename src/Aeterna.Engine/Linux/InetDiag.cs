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

    private const int TCP_LISTEN = 10;
}

/// <summary>
/// One TCP socket of this network namespace by its two addresses, asked of the kernel by name (sock_diag(7), linux/inet_diag.h); needs no
/// rights. Not every kernel has it.
/// </summary>
internal static unsafe class InetDiag
{
    private const int AF_NETLINK = 16;
    private const int SOCK_RAW = 3;
    private const int NETLINK_SOCK_DIAG = 4;
    private const ushort SOCK_DIAG_BY_FAMILY = 20;
    private const ushort NLM_F_REQUEST = 1;
    private const uint INET_DIAG_NOCOOKIE = uint.MaxValue;
    private const uint AllStates = uint.MaxValue;

    /// <summary>The socket whose own address is <paramref name="own"/> and whose peer's is <paramref name="peer"/>.</summary>
    /// <returns>Null when there is none, or the kernel cannot tell.</returns>
    public static TcpSocketFacts? Find(IPEndPoint own, IPEndPoint peer)
    {
        var number = LibC.socket(AF_NETLINK, SOCK_RAW | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
        if (number < 0)
        {
            return null;
        }

        using var socket = new FileDescriptor(number);
        var wanted = SockId.Of(own, peer);
        var request = new Request
        {
            Header = new MessageHeader { Length = (uint)sizeof(Request), Type = SOCK_DIAG_BY_FAMILY, Flags = NLM_F_REQUEST },
            Body = new InetDiagRequest
            {
                Family = (byte)(own.AddressFamily == AddressFamily.InterNetworkV6 ? Libc.AF_INET6 : Libc.AF_INET),
                Protocol = Libc.IPPROTO_TCP,
                States = AllStates,
                Id = wanted,
            },
        };

        // The kernel answers within the call that asks (netlink_unicast to the kernel): nothing to wait for.
        var answer = stackalloc byte[2048];
        if (Libc.write(socket.Number, (byte*)&request, (nuint)sizeof(Request)) != sizeof(Request)
            || Libc.read(socket.Number, answer, 2048) < sizeof(Answer)
            || ((MessageHeader*)answer)->Type != SOCK_DIAG_BY_FAMILY)
        {
            return null;
        }

        var found = ((Answer*)answer)->Body;

        // For want of a connection the kernel looks for one that listens: only this one's own numbers are an answer.
        return found.Id.SourcePort == wanted.SourcePort && found.Id.DestinationPort == wanted.DestinationPort
            ? new TcpSocketFacts(found.State, found.Uid, found.Inode)
            : null;
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
