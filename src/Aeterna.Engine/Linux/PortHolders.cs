using System.Globalization;
using System.Net;

namespace Aeterna.Linux;

/// <summary>
/// Which processes have a port of this network namespace, from the lists of /proc/net (proc(5)) and the descriptors of all processes. Slow, and only
/// for messages: what another user has is seen by root alone.
/// </summary>
internal static class PortHolders
{
    private const int LocalColumn = 1;
    private const int StateColumn = 3;
    private const int InodeColumn = 9;
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
        foreach (var line in ProcFs.Lines(list).Skip(1))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > InodeColumn } columns
                && columns[StateColumn] == state && Collides(columns[LocalColumn], address)
                && ulong.TryParse(columns[InodeColumn], NumberStyles.None, CultureInfo.InvariantCulture, out var inode) && inode != 0)
            {
                yield return inode;
            }
        }
    }

    // Of the same port, and the same address or one of them all addresses.
    private static bool Collides(string local, IPEndPoint wanted) => Read(local) is { } own && own.Port == wanted.Port
        && (own.Address.Equals(Plain(wanted.Address)) || IsAny(own.Address) || IsAny(wanted.Address));

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>An address as the lists have it (see <see cref="TcpTable.Write"/>); null for what is none.</summary>
    private static IPEndPoint? Read(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon is not (8 or 32) || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var port))
        {
            return null;
        }

        var bytes = new byte[colon / 2];
        for (var i = 0; i < colon / 8; i++)
        {
            if (!uint.TryParse(text.AsSpan(i * 8, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var word))
            {
                return null;
            }

            BitConverter.TryWriteBytes(bytes.AsSpan(i * 4), word);
        }

        return new IPEndPoint(Plain(new IPAddress(bytes)), port);
    }
}
