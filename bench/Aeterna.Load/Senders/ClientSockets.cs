using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Aeterna.Load.Senders;

/// <summary>Client sockets whose source addresses are spread over 127.0.0.0/8, so that no address runs out of ports in TIME_WAIT.</summary>
internal sealed class ClientSockets
{
    private const int IpprotoIp = 0;
    private const int IpBindAddressNoPort = 24;
    private const int FirstHost = 2;

    private readonly IPEndPoint _target;
    private readonly IPEndPoint[] _sources;
    private readonly byte[][] _addresses;

    /// <param name="target">Where to; only for a target in 127.0.0.0/8 the source is chosen here.</param>
    /// <param name="spread">Number of source addresses, 127.0.0.2 upwards; at most 250.</param>
    public ClientSockets(IPEndPoint target, int spread)
    {
        _target = target;
        var bind = target.AddressFamily == AddressFamily.InterNetwork && IPAddress.IsLoopback(target.Address);
        _sources = bind ? [.. Enumerable.Range(FirstHost, spread).Select(host => new IPEndPoint(IPAddress.Parse($"127.0.0.{host}"), 0))] : [];
        _addresses = bind
            ? [.. _sources.Select(s => Encoding.ASCII.GetBytes(s.Address.ToString()))]
            : [Encoding.ASCII.GetBytes(IPAddress.IsLoopback(target.Address) ? target.Address.ToString() : "-")];
    }

    /// <summary>The address that the <paramref name="index"/>-th socket is sent from, as the receiver is to see it; <c>-</c> when not known.</summary>
    public byte[] AddressOf(long index) => _addresses[index % _addresses.Length];

    /// <summary>A TCP socket, bound to its source address and to no port yet (the kernel then chooses by all four of the tuple).</summary>
    /// <exception cref="SocketException">No descriptor or address is left.</exception>
    public Socket Tcp(long index)
    {
        var socket = new Socket(_target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        return Bound(socket, index);
    }

    /// <summary>A UDP socket, bound to its source address.</summary>
    /// <exception cref="SocketException">No descriptor or address is left.</exception>
    public Socket Udp(long index) => Bound(new Socket(_target.AddressFamily, SocketType.Dgram, ProtocolType.Udp), index);

    private Socket Bound(Socket socket, long index)
    {
        if (_sources.Length == 0)
        {
            return socket;
        }

        try
        {
            if (socket.SocketType == SocketType.Stream)
            {
                socket.SetRawSocketOption(IpprotoIp, IpBindAddressNoPort, BitConverter.GetBytes(1));
            }

            socket.Bind(_sources[index % _sources.Length]);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }
}
