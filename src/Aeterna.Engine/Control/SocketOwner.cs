using System.Globalization;
using System.Net;
using Aeterna.Linux;

namespace Aeterna.Control;

/// <summary>Whose the other end of a connection on this machine is: the user who made that socket.</summary>
internal static class SocketOwner
{
    private const uint WholeRange = uint.MaxValue;
    private static readonly Lazy<uint?> _nobodys = new(() => Nobodys("/proc/self/uid_map", "/proc/sys/kernel/overflowuid"));

    /// <summary>The user who made the client's socket. Null when that cannot be told for certain, for which nobody is trusted.</summary>
    /// <param name="client">The client's address.</param>
    /// <param name="here">The address that it connected to.</param>
    public static uint? Find(IPEndPoint? client, IPEndPoint? here) =>
        Find(client, here, InetDiag.Find, _nobodys.Value) ?? Find(client, here, TcpTable.Find, _nobodys.Value);

    /// <summary>The same by one of the ways to look, where a user stands for all that are not known.</summary>
    internal static uint? Find(IPEndPoint? client, IPEndPoint? here, Func<IPEndPoint, IPEndPoint, TcpSocketFacts?> look, uint? nobodys)
    {
        if (client is null || here is null)
        {
            return null;
        }

        var (own, peer) = (Plain(client), Plain(here));

        // A socket that nobody has open any more is shown as root's. That its inode is still there at the second look says that it was
        // somebody's at the first, whatever the order in which the kernel reads the two.
        return look(own, peer) is { IsListening: false, Inode: not 0 } first && look(own, peer)?.Inode == first.Inode && first.Uid != nobodys
            ? first.Uid
            : null;
    }

    private static IPEndPoint Plain(IPEndPoint endpoint) =>
        endpoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endpoint.Address.MapToIPv4(), endpoint.Port) : endpoint;

    /// <summary>The user who stands for all the others in a user namespace that does not know everybody (user_namespaces(7)); null where all are known.</summary>
    internal static uint? Nobodys(string map, string overflow)
    {
        try
        {
            var known = File.ReadLines(map).Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2], CultureInfo.InvariantCulture));
            return known >= WholeRange ? null : uint.Parse(File.ReadAllText(overflow), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            return 65534;
        }
    }
}
