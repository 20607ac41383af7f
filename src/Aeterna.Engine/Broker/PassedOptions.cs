using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>
/// Which options of a relayed connection or listener are read and set on the client's connection or the held socket. A list of what is
/// passed on, since that is done with the engine's capabilities: nothing that the kernel grants to some only (IP_TRANSPARENT, TCP_REPAIR,
/// TCP_CONGESTION, the tables of a firewall) is on it, nor what a connection could be turned into another thing by (TCP_ULP, IP_OPTIONS).
/// Numbers from linux/tcp.h, linux/in.h and linux/in6.h; tcp(7), ip(7), ipv6(7).
/// </summary>
internal static class PassedOptions
{
    private static readonly Dictionary<int, int[]> _set = new()
    {
        [Libc.SOL_SOCKET] = [Libc.SO_KEEPALIVE],
        [Libc.IPPROTO_TCP] =
        [
            1, // TCP_NODELAY
            2, // TCP_MAXSEG
            3, // TCP_CORK
            4, // TCP_KEEPIDLE
            5, // TCP_KEEPINTVL
            6, // TCP_KEEPCNT
            7, // TCP_SYNCNT
            8, // TCP_LINGER2
            9, // TCP_DEFER_ACCEPT
            10, // TCP_WINDOW_CLAMP
            12, // TCP_QUICKACK
            18, // TCP_USER_TIMEOUT
            23, // TCP_FASTOPEN
            25, // TCP_NOTSENT_LOWAT
        ],
        [Libc.IPPROTO_IP] =
        [
            1, // IP_TOS
            2, // IP_TTL
            8, // IP_PKTINFO
            10, // IP_MTU_DISCOVER
            11, // IP_RECVERR
            12, // IP_RECVTTL
            13, // IP_RECVTOS
        ],
        [Libc.IPPROTO_IPV6] =
        [
            16, // IPV6_UNICAST_HOPS
            23, // IPV6_MTU_DISCOVER
            25, // IPV6_RECVERR
            26, // IPV6_V6ONLY
            49, // IPV6_RECVPKTINFO
            51, // IPV6_RECVHOPLIMIT
            66, // IPV6_RECVTCLASS
            67, // IPV6_TCLASS
            70, // IPV6_AUTOFLOWLABEL
        ],
    };

    private static readonly Dictionary<int, int[]> _readOnly = new()
    {
        [Libc.SOL_SOCKET] = [],
        [Libc.IPPROTO_TCP] =
        [
            11, // TCP_INFO
            13, // TCP_CONGESTION
            26, // TCP_CC_INFO
        ],
        [Libc.IPPROTO_IP] =
        [
            14, // IP_MTU
            15, // IP_FREEBIND
            19, // IP_TRANSPARENT
        ],
        [Libc.IPPROTO_IPV6] =
        [
            24, // IPV6_MTU
            75, // IPV6_TRANSPARENT
        ],
    };

    /// <summary>Whether an option may be set.</summary>
    public static bool MaySet(int level, int name) => _set.TryGetValue(level, out var names) && names.Contains(name);

    /// <summary>Whether an option may be read.</summary>
    public static bool MayRead(int level, int name) =>
        level != Libc.SOL_SOCKET && (MaySet(level, name) || (_readOnly.TryGetValue(level, out var names) && names.Contains(name)));
}
