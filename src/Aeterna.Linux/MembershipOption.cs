using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;

namespace Aeterna.Linux;

/// <summary>The options by which a socket joins and leaves multicast groups (ip(7), ipv6(7); linux/in.h, in6.h), read into one form.</summary>
/// <param name="V6">IPv6.</param>
/// <param name="Joins">It joins; else it leaves.</param>
/// <param name="Group">The group.</param>
/// <param name="Source">The only sender that is wanted; null: all.</param>
/// <param name="Interface">Number of the interface; where the kernel is to choose it, 0.</param>
internal sealed record MembershipOption(bool V6, bool Joins, IPAddress Group, IPAddress? Source, int Interface)
{
    private const int IP_ADD_MEMBERSHIP = 35;
    private const int IP_DROP_MEMBERSHIP = 36;
    private const int IP_ADD_SOURCE_MEMBERSHIP = 39;
    private const int IP_DROP_SOURCE_MEMBERSHIP = 40;
    private const int IPV6_JOIN_GROUP = 20;
    private const int IPV6_LEAVE_GROUP = 21;
    private const int MCAST_JOIN_GROUP = 42;
    private const int MCAST_LEAVE_GROUP = 45;
    private const int MCAST_JOIN_SOURCE_GROUP = 46;
    private const int MCAST_LEAVE_SOURCE_GROUP = 47;

    // Of struct group_req and group_source_req: a number, padding, and addresses of 128 bytes each.
    private const int FirstAddress = 8;
    private const int SecondAddress = FirstAddress + 128;

    /// <summary>The longest of their values, struct group_source_req.</summary>
    public const int Longest = SecondAddress + 128;

    /// <summary>Their numbers.</summary>
    public static IEnumerable<uint> Names(bool v6)
    {
        uint[] ofBoth = [MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP, MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP];
        return v6
            ? [IPV6_JOIN_GROUP, IPV6_LEAVE_GROUP, .. ofBoth]
            : [IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP, IP_ADD_SOURCE_MEMBERSHIP, IP_DROP_SOURCE_MEMBERSHIP, .. ofBoth];
    }

    /// <summary>The option that takes back what a joining one did, with the same value.</summary>
    public static int Opposite(int name) => name switch
    {
        MCAST_JOIN_GROUP => MCAST_LEAVE_GROUP,
        _ => name + 1,
    };

    /// <summary>Whether an option is one of them.</summary>
    public static bool IsOne(int level, int name) =>
        (level == Libc.IPPROTO_IP && Names(false).Contains((uint)name)) || (level == Libc.IPPROTO_IPV6 && Names(true).Contains((uint)name));

    /// <summary>Reads one; null when the value is too short (the kernel then gives the right error).</summary>
    public static MembershipOption? Read(int level, int name, ReadOnlySpan<byte> value)
    {
        var v6 = level == Libc.IPPROTO_IPV6;
        var joins = name is IP_ADD_MEMBERSHIP or IP_ADD_SOURCE_MEMBERSHIP or IPV6_JOIN_GROUP or MCAST_JOIN_GROUP or MCAST_JOIN_SOURCE_GROUP;
        switch (name)
        {
            case IP_ADD_MEMBERSHIP or IP_DROP_MEMBERSHIP when !v6 && value.Length >= 8:
                var number = value.Length >= 12 ? BinaryPrimitives.ReadInt32LittleEndian(value[8..]) : 0;
                return new(false, joins, new IPAddress(value[..4]), null, number != 0 ? number : InterfaceOf(value[4..8]));
            case IP_ADD_SOURCE_MEMBERSHIP or IP_DROP_SOURCE_MEMBERSHIP when !v6 && value.Length >= 12:
                return new(false, joins, new IPAddress(value[..4]), new IPAddress(value[8..12]), InterfaceOf(value[4..8]));
            case IPV6_JOIN_GROUP or IPV6_LEAVE_GROUP when v6 && value.Length >= 20:
                return new(true, joins, new IPAddress(value[..16]), null, BinaryPrimitives.ReadInt32LittleEndian(value[16..]));
            case MCAST_JOIN_GROUP or MCAST_LEAVE_GROUP when value.Length >= SecondAddress:
                return Address(value[FirstAddress..]) is { } group
                    ? new(v6, joins, group, null, BinaryPrimitives.ReadInt32LittleEndian(value))
                    : null;
            case MCAST_JOIN_SOURCE_GROUP or MCAST_LEAVE_SOURCE_GROUP when value.Length >= Longest:
                return Address(value[FirstAddress..]) is { } of && Address(value[SecondAddress..]) is { } source
                    ? new(v6, joins, of, source, BinaryPrimitives.ReadInt32LittleEndian(value))
                    : null;
            default:
                return null;
        }
    }

    private static IPAddress? Address(ReadOnlySpan<byte> sockaddr) =>
        BinaryPrimitives.ReadUInt16LittleEndian(sockaddr) switch
        {
            Libc.AF_INET => new IPAddress(sockaddr[4..8]),
            Libc.AF_INET6 => new IPAddress(sockaddr[8..24]),
            _ => null,
        };

    // Programs name an interface by one of its addresses or by its number; to the kernel it is the same membership.
    private static int InterfaceOf(ReadOnlySpan<byte> address)
    {
        var wanted = new IPAddress(address);
        return wanted.Equals(IPAddress.Any) ? 0
            : NetworkInterface.GetAllNetworkInterfaces()
                .FirstOrDefault(i => i.GetIPProperties().UnicastAddresses.Any(u => u.Address.Equals(wanted)))
                ?.GetIPProperties().GetIPv4Properties().Index ?? 0;
    }
}
