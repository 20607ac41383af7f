using System.Net;
using System.Net.Sockets;

using Aeterna.Linux;

using Microsoft.Extensions.Logging;

namespace Aeterna.Listeners.Steering;

/// <summary>
/// Takes the datagrams out of a socket's queue and sends them once more, as if they came from their senders: the kernel then gives them to the
/// member that the group's program names. Opened for one carrying; owns its raw sockets.
/// </summary>
internal sealed class Carrier(IPEndPoint address, ILogger log) : IDisposable
{
    private const int LongestDatagram = 65_535;
    private const int MostErrors = 16;

    // A datagram takes more kernel memory than that.
    private const int LeastMemory = 512;
    private readonly byte[] _datagram = new byte[LongestDatagram];
    private readonly byte[] _packet = new byte[LongestDatagram + UdpPacket.HeaderRoom];
    private readonly Dictionary<bool, RawDatagrams?> _sockets = [];

    public long Carried { get; private set; }

    public long CarriedBytes { get; private set; }

    /// <summary>Taken out of the queue and not sent; the reason was logged.</summary>
    public long Lost { get; private set; }

    /// <summary>Whether what it sends carries <see cref="SteeringProgram.Mark"/>, by which a program can tell it from newer datagrams.</summary>
    public bool IsMarked => Raw(address.AddressFamily == AddressFamily.InterNetworkV6)?.Marked ?? false;

    /// <summary>
    /// Takes and sends all that is in the queue of a socket. It ends also where a firewall rule changes marks, so that what was sent comes
    /// back to the same queue.
    /// </summary>
    public void Carry(FileDescriptor from)
    {
        var unread = SocketQueues.Of(from.Number).Unread;
        if (unread == 0)
        {
            return;
        }

        var before = Messages.WantDestination(from.Number, true);
        var errors = 0;
        for (var most = (unread / LeastMemory) + 1; most > 0; most--)
        {
            var error = Messages.TryReceive(from.Number, _datagram, out var datagram);
            if (error == Errno.EAGAIN || (error != 0 && ++errors == MostErrors))
            {
                break;
            }

            if (error == 0) // Anything else is an ICMP message about a datagram that the program had sent.
            {
                Send(datagram);
            }
        }

        Messages.WantDestination(from.Number, before);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var socket in _sockets.Values)
        {
            socket?.Dispose();
        }
    }

    private void Send(ReceivedDatagram datagram)
    {
        // An IPv4 sender of a dual-stack socket.
        var source = datagram.Source!.Address.IsIPv4MappedToIPv6
            ? new IPEndPoint(datagram.Source.Address.MapToIPv4(), datagram.Source.Port)
            : datagram.Source;
        var v6 = source.AddressFamily == AddressFamily.InterNetworkV6;
        var destination = new IPEndPoint(Destination(datagram.Destination, v6), address.Port);
        if (Raw(v6) is not { } raw)
        {
            Lost++;
            return;
        }

        var length = UdpPacket.Write(_packet, source, destination, _datagram.AsSpan(0, datagram.Length));
        var error = length == 0 ? Errno.EMSGSIZE : raw.Send(_packet.AsSpan(0, length), destination.Address);
        if (error == 0)
        {
            Carried++;
            CarriedBytes += datagram.Length;
        }
        else if (Lost++ == 0)
        {
            SteeringLog.CannotCarry(log, address, Errno.Text(error).ToLowerInvariant());
        }
    }

    private IPAddress Destination(IPAddress? told, bool v6)
    {
        var known = told ?? address.Address;
        return known.Equals(IPAddress.Any) || known.Equals(IPAddress.IPv6Any) ? (v6 ? IPAddress.IPv6Loopback : IPAddress.Loopback) : known;
    }

    private RawDatagrams? Raw(bool v6)
    {
        if (!_sockets.TryGetValue(v6, out var socket))
        {
            try
            {
                socket = RawDatagrams.Open(v6, SteeringProgram.Mark);
            }
            catch (LinuxException e)
            {
                SteeringLog.NoRawSocket(log, address, Errno.Text(e.Number).ToLowerInvariant());
            }

            _sockets[v6] = socket;
        }

        return socket;
    }
}
