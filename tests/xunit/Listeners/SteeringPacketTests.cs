using System.Net;

using Aeterna.Listeners.Steering;

using Xunit;

namespace Aeterna.Tests.Listeners;

/// <summary>The bytes of a datagram that is sent once more.</summary>
public class SteeringPacketTests
{
    [Fact]
    public void A_packet_has_the_bytes_of_the_standards()
    {
        var packet = new byte[100];
        var length = UdpPacket.Write(
            packet, new IPEndPoint(IPAddress.Parse("1.2.3.4"), 0x1f90), new IPEndPoint(IPAddress.Parse("5.6.7.8"), 0x0202), "abc"u8);
        Assert.Equal(31, length);
        Assert.Equal(Convert.FromHexString("4500001f0000000040110000" + "01020304" + "05060708" + "1f900202000b"), packet[..26]);
        Assert.Equal(Expected("1.2.3.4", "5.6.7.8", packet[20..31]), packet[26..28]);
    }

    [Fact]
    public void A_datagram_that_no_packet_can_hold_is_refused()
    {
        var v4 = new IPEndPoint(IPAddress.Loopback, 1);
        var v6 = new IPEndPoint(IPAddress.IPv6Loopback, 1);
        var packet = new byte[70_000];
        Assert.Equal(65_535, UdpPacket.Write(packet, v4, v4, new byte[65_507]));
        Assert.Equal(0, UdpPacket.Write(packet, v4, v4, new byte[65_508]));
        Assert.Equal(65_575, UdpPacket.Write(packet, v6, v6, new byte[65_527]));
        Assert.Equal(0, UdpPacket.Write(packet, v6, v6, new byte[65_528]));
    }

    // Word by word, as RFC 1071 says it.
    private static byte[] Expected(string source, string destination, byte[] udp)
    {
        byte[] all = [.. IPAddress.Parse(source).GetAddressBytes(), .. IPAddress.Parse(destination).GetAddressBytes(), 0, 17, 0, (byte)udp.Length, .. udp];
        all[18] = all[19] = 0;
        var sum = 0;
        for (var i = 0; i < all.Length; i += 2)
        {
            sum += (all[i] << 8) + (i + 1 < all.Length ? all[i + 1] : 0);
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return [(byte)(~sum >> 8), (byte)~sum];
    }
}
