using System.Globalization;
using System.Net;

namespace Aeterna.Linux;

/// <summary>
/// Which processes have a port of this network namespace, from the lists of /proc/net (proc(5)) and the descriptors of all processes. Slow, and only
/// for messages: what another user has is seen by root alone.
/// </summary>
internal static class PortHolders
{
    private const int CommandLength = 80;

    /// <summary>Processes with a socket that waits there (TCP, listening; UDP, without a peer), and that another bind to the address collides with.</summary>
    /// <param name="address">Address and port.</param>
    /// <param name="isStream">TCP; else UDP.</param>
    public static IReadOnlyList<int> Of(IPEndPoint address, bool isStream)
    {
        var lists = isStream ? new[] { "/proc/net/tcp", "/proc/net/tcp6" } : ["/proc/net/udp", "/proc/net/udp6"];
        var inodes = lists.SelectMany(list => Inodes(list, address, isStream)).ToHashSet();
        return inodes.Count == 0 ? [] : [.. ProcFs.Processes().Where(pid => ProcFs.Sockets(pid).Any(inodes.Contains))];
    }

    /// <summary>A process as a message names it: <c>pid 123 (/usr/sbin/rsyslogd -n)</c>.</summary>
    public static string Describe(int pid)
    {
        var command = string.Join(' ', ProcFs.CommandLine(pid)).Trim();
        return string.Create(CultureInfo.InvariantCulture, $"pid {pid}{(command.Length == 0 ? "" : $" ({(command.Length > CommandLength ? command[..CommandLength] + "…" : command)})")}");
    }

    private static IEnumerable<ulong> Inodes(string list, IPEndPoint address, bool isStream)
    {
        var state = (isStream ? TcpSocketFacts.TCP_LISTEN : TcpSocketFacts.TCP_CLOSE).ToString("X2", CultureInfo.InvariantCulture);
        var port = ":" + address.Port.ToString("X4", CultureInfo.InvariantCulture);
        var own = Colliding(address).Select(one => TcpTable.Write(new IPEndPoint(one, address.Port))).ToHashSet();
        foreach (var line in ProcFs.Lines(list).Skip(1))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > TcpTable.InodeColumn } columns
                && columns[TcpTable.StateColumn] == state && columns[TcpTable.LocalColumn] is var local
                && (IsAny(address.Address) ? local.EndsWith(port, StringComparison.Ordinal) : own.Contains(local))
                && ulong.TryParse(columns[TcpTable.InodeColumn], NumberStyles.None, CultureInfo.InvariantCulture, out var inode) && inode != 0)
            {
                yield return inode;
            }
        }
    }

    /// <summary>The address in both families, and all addresses.</summary>
    private static IEnumerable<IPAddress> Colliding(IPEndPoint wanted)
    {
        var plain = wanted.Address.IsIPv4MappedToIPv6 ? wanted.Address.MapToIPv4() : wanted.Address;
        return [plain, plain.MapToIPv6(), IPAddress.Any, IPAddress.IPv6Any];
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
