using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Aeterna.Load;

/// <summary>
/// Ports for programs that are still to be started. They lie below the range from which the kernel gives ports out by itself
/// (net.ipv4.ip_local_port_range), and each is given once, so that no client's or other server's socket gets one in between.
/// </summary>
public static class Ports
{
    private const int Lowest = 10_000;
    private const int LastPossible = 65_535;

    private static readonly int _end = Math.Max(FirstOfTheKernel(), Lowest + 1_000);

    // Two processes that run at the same time begin at different places.
    private static int _given = Environment.ProcessId * 97;

    /// <summary>A port that nothing has at any address, for TCP and UDP both.</summary>
    public static int Next()
    {
        for (var tries = _end - Lowest; tries > 0; tries--)
        {
            var port = Lowest + (int)((uint)Interlocked.Increment(ref _given) % (uint)(_end - Lowest));
            if (IsFree(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"no port between {Lowest} and {_end} is free");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var tcp = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
            tcp.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
            using var udp = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
            udp.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }

    private static int FirstOfTheKernel()
    {
        var range = File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split('\t', ' ');
        return Math.Min(int.Parse(range[0], CultureInfo.InvariantCulture), LastPossible);
    }
}
