using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Aeterna.Listeners.Steering;

/// <summary>An IP packet with a UDP datagram in it (RFC 768, 791, 8200), as a raw socket takes it.</summary>
internal static class UdpPacket
{
    private const int UdpHeader = 8;
    private const int V4Header = 20;
    private const int V6Header = 40;
    private const byte Udp = 17;
    private const byte HopLimit = 64;

    /// <summary>Room for the headers in front of a datagram's bytes.</summary>
    public const int HeaderRoom = V6Header + UdpHeader;

    /// <summary>Writes the packet; both ends are of one family. The payload is copied behind the headers.</summary>
    /// <returns>Its length; 0 when the datagram is too long for one packet.</returns>
    public static int Write(Span<byte> packet, IPEndPoint source, IPEndPoint destination, ReadOnlySpan<byte> payload)
    {
        var v6 = source.AddressFamily == AddressFamily.InterNetworkV6;
        var header = v6 ? V6Header : V4Header;
        var length = UdpHeader + payload.Length;
        if ((v6 ? length : header + length) > ushort.MaxValue)
        {
            return 0;
        }

        var ip = packet[..header];
        ip.Clear();
        if (v6)
        {
            ip[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)length);
            ip[6] = Udp;
            ip[7] = HopLimit;
        }
        else
        {
            ip[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(header + length));
            ip[8] = HopLimit;
            ip[9] = Udp;
        }

        var addresses = v6 ? ip[8..] : ip[12..];
        source.Address.TryWriteBytes(addresses, out var size);
        destination.Address.TryWriteBytes(addresses[size..], out _);
        var udp = packet.Slice(header, length);
        BinaryPrimitives.WriteUInt16BigEndian(udp, (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], (ushort)destination.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)length);
        udp[6..8].Clear();
        payload.CopyTo(udp[UdpHeader..]);
        var checksum = Fold(Sum(addresses[..(2 * size)]) + Udp + (ulong)length + Sum(udp));
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], checksum == 0 ? ushort.MaxValue : checksum); // 0 would say: none.
        return header + length;
    }

    // Ones' complement arithmetic does not mind the width of the words (RFC 1071).
    private static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        for (; bytes.Length >= sizeof(uint); bytes = bytes[sizeof(uint)..])
        {
            sum += BinaryPrimitives.ReadUInt32BigEndian(bytes);
        }

        Span<byte> rest = stackalloc byte[sizeof(uint)];
        rest.Clear();
        bytes.CopyTo(rest);
        return sum + BinaryPrimitives.ReadUInt32BigEndian(rest);
    }

    private static ushort Fold(ulong sum)
    {
        while (sum > ushort.MaxValue)
        {
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
