using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// SO_PEERCRED (unix(7)): who had called connect(2), as the kernel noted it at that time. <c>struct ucred</c> of
/// <c>&lt;bits/socket.h&gt;</c>; option numbers of <c>&lt;asm-generic/socket.h&gt;</c>, which x86-64 and arm64 use.
/// </summary>
/// <param name="Pid">Process id in our pid namespace; 0 if it has none there.</param>
/// <param name="Uid">Effective user id.</param>
/// <param name="Gid">Effective group id.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct PeerCredentials(int Pid, uint Uid, uint Gid)
{
    private const int SOL_SOCKET = 1;
    private const int SO_PEERCRED = 17;

    /// <summary>The peer of a connected unix stream socket. The socket stays the caller's.</summary>
    /// <returns>Null if the kernel does not say.</returns>
    public static PeerCredentials? Of(Socket socket)
    {
        Span<PeerCredentials> credentials = stackalloc PeerCredentials[1];
        try
        {
            var bytes = MemoryMarshal.AsBytes(credentials);
            return socket.GetRawSocketOption(SOL_SOCKET, SO_PEERCRED, bytes) == bytes.Length ? credentials[0] : null;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}
