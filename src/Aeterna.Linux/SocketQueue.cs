using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>What still lies in a socket's queue (SIOCOUTQ, unix(7)).</summary>
internal static partial class SocketQueue
{
    private const nuint SIOCOUTQ = 0x5411;

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int ioctl(SafeSocketHandle fd, nuint request, int* value);

    /// <summary>Bytes of memory that a unix stream socket has sent and its peer has not read; null when the kernel does not say.</summary>
    public static unsafe int? Unread(Socket socket)
    {
        int value;
        try
        {
            return ioctl(socket.SafeHandle, SIOCOUTQ, &value) == 0 ? value : null;
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }
}
