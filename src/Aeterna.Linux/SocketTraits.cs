namespace Aeterna.Linux;

/// <summary>
/// What is carried from the socket that a program made to the one that it gets in its place (socket(7), ip(7), ipv6(7), tcp(7), udp(7);
/// linux/in.h, in6.h, tcp.h, udp.h, asm-generic/socket.h). docs/carried-over.md lists it, and what is not here.
/// </summary>
internal static class SocketTraits
{
    private const int O_ASYNC = 0x2000;

    /// <summary>In the order in which they have to be set: IP_TOS changes SO_PRIORITY, and a buffer's size locks it.</summary>
    public static IReadOnlyList<SocketTrait> Options { get; } =
    [
        Ip("IP_TOS", 1), Ip("IP_TTL", 2), Ip("IP_OPTIONS", 4), Ip("IP_RECVOPTS", 6, true), Ip("IP_RETOPTS", 7, true), Ip("IP_PKTINFO", 8, true),
        Ip("IP_MTU_DISCOVER", 10), Ip("IP_RECVERR", 11), Ip("IP_RECVTTL", 12, true), Ip("IP_RECVTOS", 13, true), Ip("IP_FREEBIND", 15, true),
        Ip("IP_TRANSPARENT", 19), Ip("IP_RECVORIGDSTADDR", 20, true), Ip("IP_MINTTL", 21), Ip("IP_CHECKSUM", 23, true),
        Ip("IP_RECVFRAGSIZE", 25, true), Ip("IP_MULTICAST_IF", 32), Ip("IP_MULTICAST_TTL", 33), Ip("IP_MULTICAST_LOOP", 34),
        Ip("IP_MULTICAST_ALL", 49), Ip("IP_UNICAST_IF", 50),
        Ip6("IPV6_UNICAST_HOPS", 16), Ip6("IPV6_MULTICAST_IF", 17), Ip6("IPV6_MULTICAST_HOPS", 18), Ip6("IPV6_MULTICAST_LOOP", 19),
        Ip6("IPV6_MTU_DISCOVER", 23), Ip6("IPV6_RECVERR", 25), Ip6("IPV6_MULTICAST_ALL", 29), Ip6("IPV6_RECVPKTINFO", 49, true),
        Ip6("IPV6_RECVHOPLIMIT", 51, true), Ip6("IPV6_RECVHOPOPTS", 53, true), Ip6("IPV6_RECVRTHDR", 56, true), Ip6("IPV6_RECVDSTOPTS", 58, true),
        Ip6("IPV6_RECVPATHMTU", 60, true), Ip6("IPV6_DONTFRAG", 62), Ip6("IPV6_RECVTCLASS", 66, true), Ip6("IPV6_TCLASS", 67),
        Ip6("IPV6_AUTOFLOWLABEL", 70), Ip6("IPV6_MINHOPCOUNT", 73), Ip6("IPV6_RECVORIGDSTADDR", 74, true), Ip6("IPV6_TRANSPARENT", 75),
        Ip6("IPV6_UNICAST_IF", 76), Ip6("IPV6_RECVFRAGSIZE", 77, true), Ip6("IPV6_FREEBIND", 78, true),
        Tcp("TCP_NODELAY", 1), Tcp("TCP_MAXSEG", 2, unset: 536), Tcp("TCP_KEEPIDLE", 4), Tcp("TCP_KEEPINTVL", 5), Tcp("TCP_KEEPCNT", 6),
        Tcp("TCP_SYNCNT", 7), Tcp("TCP_LINGER2", 8), Tcp("TCP_DEFER_ACCEPT", 9), Tcp("TCP_WINDOW_CLAMP", 10), Tcp("TCP_CONGESTION", 13),
        Tcp("TCP_USER_TIMEOUT", 18), Tcp("TCP_FASTOPEN", 23), Tcp("TCP_NOTSENT_LOWAT", 25), Tcp("TCP_SAVE_SYN", 27),
        Tcp("TCP_FASTOPEN_NO_COOKIE", 34), Tcp("TCP_INQ", 36), Tcp("TCP_TX_DELAY", 37),
        Udp("UDP_CORK", 1), Udp("UDP_ENCAP", 100), Udp("UDP_NO_CHECK6_TX", 101), Udp("UDP_NO_CHECK6_RX", 102), Udp("UDP_SEGMENT", 103),
        Udp("UDP_GRO", 104),
        Any("SO_DONTROUTE", 5), Any("SO_BROADCAST", 6, true), Any("SO_KEEPALIVE", 9, true), Any("SO_OOBINLINE", 10), Any("SO_NO_CHECK", 11),
        Any("SO_PRIORITY", 12), Any("SO_LINGER", 13), Any("SO_PASSCRED", 16, true), Any("SO_RCVLOWAT", 18), Any("SO_RCVTIMEO", 20),
        Any("SO_SNDTIMEO", 21), Any("SO_TIMESTAMP", 29), Any("SO_PASSSEC", 34, true), Any("SO_TIMESTAMPNS", 35), Any("SO_MARK", 36),
        Any("SO_TIMESTAMPING", 37), Any("SO_RXQ_OVFL", 40, true), Any("SO_PEEK_OFF", 42), Any("SO_BUSY_POLL", 46), Any("SO_ZEROCOPY", 60),
        Any("SO_TXTIME", 61), Any("SO_PREFER_BUSY_POLL", 69), Any("SO_PASSPIDFD", 76),
        new BufferTrait("SO_SNDBUF", 7, forced: 32), new BufferTrait("SO_RCVBUF", 8, forced: 33), Any("SO_BUF_LOCK", 72),
        new FilterTrait(),
    ];

    /// <summary>What belongs to the open file, and so to all duplicates of a socket together.</summary>
    public static IReadOnlyList<SocketTrait> OfTheFile { get; } =
        [new OwnerTrait(), new FlagTrait("O_ASYNC", O_ASYNC), new FlagTrait("O_NONBLOCK", Libc.O_NONBLOCK)];

    private static OptionTrait Any(string name, int number, bool adds = false) => new(name, Libc.SOL_SOCKET, number, adds);

    private static OptionTrait Ip(string name, int number, bool adds = false) => new(name, Libc.IPPROTO_IP, number, adds);

    private static OptionTrait Ip6(string name, int number, bool adds = false) => new(name, Libc.IPPROTO_IPV6, number, adds);

    private static OptionTrait Tcp(string name, int number, int? unset = null) => new(name, Libc.IPPROTO_TCP, number, unset: unset);

    private static OptionTrait Udp(string name, int number) => new(name, Libc.IPPROTO_UDP, number);
}
