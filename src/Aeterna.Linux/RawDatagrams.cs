using System.Net;
using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// A socket that sends whole IP packets, header and all (IP_HDRINCL of raw(7), IPV6_HDRINCL of linux/in6.h), to addresses of this machine. Needs CAP_NET_RAW.
/// Receives nothing.
/// </summary>
internal sealed partial class RawDatagrams : IDisposable
{
    private const int SOCK_RAW = 3;
    private const int IPPROTO_IP = 0;
    private const int IPPROTO_RAW = 255;
    private const int IP_HDRINCL = 3;
    private const int IPV6_HDRINCL = 36;
    private const int SO_MARK = 36;
    private readonly FileDescriptor _socket;

    private RawDatagrams(FileDescriptor socket, bool marked) => (_socket, Marked) = (socket, marked);

    /// <summary>Whether the packets carry the mark; setting it needs CAP_NET_ADMIN, or CAP_NET_RAW from Linux 5.17 on.</summary>
    public bool Marked { get; }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint sendto(int fd, byte* buffer, nuint length, int flags, byte* address, uint addressLength);

    /// <summary>Opens one; the caller owns it.</summary>
    /// <exception cref="LinuxException">EPERM without CAP_NET_RAW, EAFNOSUPPORT, EMFILE.</exception>
    public static RawDatagrams Open(bool v6, int mark)
    {
        var socket = new FileDescriptor(
            Errno.ThrowIfFailed(LibC.socket(v6 ? Libc.AF_INET6 : Libc.AF_INET, SOCK_RAW | Libc.SOCK_CLOEXEC, IPPROTO_RAW), "socket(SOCK_RAW)"));
        var included = v6
            ? Libc.SetOption(socket.Number, Libc.IPPROTO_IPV6, IPV6_HDRINCL, 1)
            : Libc.SetOption(socket.Number, IPPROTO_IP, IP_HDRINCL, 1);
        if (!included)
        {
            var error = Errno.Last;
            socket.Dispose();
            throw new LinuxException("setsockopt(IP_HDRINCL)", error);
        }

        return new RawDatagrams(socket, Libc.SetOption(socket.Number, Libc.SOL_SOCKET, SO_MARK, mark));
    }

    /// <summary>Sends a packet. The kernel fills in an IPv4 header's length and checksum.</summary>
    /// <returns>0, or an errno: EMSGSIZE (larger than the loopback device's MTU), ENETUNREACH, ENOBUFS.</returns>
    public unsafe int Send(ReadOnlySpan<byte> packet, IPAddress destination)
    {
        var address = SockAddr.Write(new IPEndPoint(destination, 0));
        fixed (byte* p = packet)
        fixed (byte* a = address)
        {
            nint sent;
            do
            {
                sent = sendto(_socket.Number, p, (nuint)packet.Length, 0, a, (uint)address.Length);
            }
            while (sent < 0 && Errno.Last == Errno.EINTR);
            return sent < 0 ? Errno.Last : 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
