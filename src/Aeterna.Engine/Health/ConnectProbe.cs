using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aeterna.Machine.Plans;

namespace Aeterna.Health;

/// <summary><c>tcp_connect</c>: a connection to a tcp or unix address is taken. It is closed at once.</summary>
internal sealed class ConnectProbe(ListenerAddress address, HealthCheckPlan plan, TimeProvider time) : IProbe
{
    public string Name => $"tcp_connect {address}";

    public int FailureThreshold => plan.FailureThreshold;

    public Task<ProbeResult> Run(CancellationToken cancel) => Deadline.Run(plan.Timeout, time, Connect, cancel);

    /// <summary>As in "connection refused".</summary>
    public static string Why(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset",
        SocketError.HostNotFound or SocketError.NoData => "no such host",
        SocketError.NetworkUnreachable or SocketError.HostUnreachable => "unreachable",
        SocketError.AddressNotAvailable => "no such socket",
        _ => e.Message,
    };

    private async Task<ProbeResult> Connect(CancellationToken cancel)
    {
        var began = time.GetTimestamp();
        try
        {
            using var socket = Open();
            await socket.ConnectAsync(EndPointOf(address), cancel).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            return ProbeResult.Bad(Why(e));
        }

        var took = time.GetElapsedTime(began).TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
        return ProbeResult.Good($"connected in {took} ms");
    }

    private Socket Open() => address.Scheme switch
    {
        ListenerScheme.Tcp => new Socket(address.Endpoint!.AddressFamily, SocketType.Stream, ProtocolType.Tcp),
        ListenerScheme.Unixpacket => new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified),
        _ => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
    };

    private static EndPoint EndPointOf(ListenerAddress address) => address.Path is { } path
        ? new UnixDomainSocketEndPoint(path.StartsWith('@') ? "\0" + path[1..] : path)
        : address.Endpoint!;
}
