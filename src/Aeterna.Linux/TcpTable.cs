using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Aeterna.Linux;

/// <summary>One TCP socket of this network namespace by its two addresses, from the lists of /proc/net/tcp and tcp6 (proc(5)): slower than to ask the kernel, and everywhere.</summary>
internal static class TcpTable
{
    // The lists of UDP sockets have the same columns.
    internal const int LocalColumn = 1;
    internal const int StateColumn = 3;
    internal const int InodeColumn = 9;
    private const int PeerColumn = 2;
    private const int UidColumn = 7;

    /// <summary>The socket whose own address is <paramref name="own"/> and whose peer's is <paramref name="peer"/>; null when there is none, or the lists cannot be read.</summary>
    public static TcpSocketFacts? Find(IPEndPoint own, IPEndPoint peer) =>
        own.AddressFamily == AddressFamily.InterNetwork
            ? Find("/proc/net/tcp", own, peer) ?? Find("/proc/net/tcp6", Mapped(own), Mapped(peer))
            : Find("/proc/net/tcp6", own, peer);

    /// <summary>An address as the lists have it: each 32 bits of it as a number of this machine's byte order, in hex.</summary>
    internal static string Write(IPEndPoint endpoint)
    {
        var bytes = endpoint.Address.GetAddressBytes();
        var words = Enumerable.Range(0, bytes.Length / 4).Select(i => BitConverter.ToUInt32(bytes, i * 4).ToString("X8", CultureInfo.InvariantCulture));
        return string.Concat(words) + ":" + endpoint.Port.ToString("X4", CultureInfo.InvariantCulture);
    }

    private static IPEndPoint Mapped(IPEndPoint endpoint) => new(endpoint.Address.MapToIPv6(), endpoint.Port);

    private static TcpSocketFacts? Find(string file, IPEndPoint own, IPEndPoint peer)
    {
        try
        {
            var (local, remote) = (Write(own), Write(peer));
            foreach (var line in File.ReadLines(file))
            {
                if (line.Contains(local, StringComparison.Ordinal)
                    && line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > InodeColumn } columns
                    && columns[LocalColumn] == local && columns[PeerColumn] == remote)
                {
                    return new TcpSocketFacts(
                        int.Parse(columns[StateColumn], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                        uint.Parse(columns[UidColumn], CultureInfo.InvariantCulture),
                        ulong.Parse(columns[InodeColumn], CultureInfo.InvariantCulture));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or OverflowException)
        {
            // No /proc, or one that prints something else.
        }

        return null;
    }
}
