using Aeterna.Linux;
using Aeterna.Machine.Plans;

namespace Aeterna.Listeners.Steering;

/// <summary>Opens a socket of the engine's own in the group: while no generation is to get anything, the kernel queues it there.</summary>
internal static class WaitingRoom
{
    /// <summary>Opens one beside a member.</summary>
    /// <param name="address">The group's address.</param>
    /// <param name="member">A socket of the group; its user, options and device are taken over. Stays the caller's.</param>
    /// <param name="backlog">Length of the accept queue, for TCP.</param>
    /// <exception cref="LinuxException">EACCES (a low port, an unprivileged engine), EPERM (another user's group), EADDRINUSE, EMFILE.</exception>
    public static FileDescriptor Open(ListenerAddress address, FileDescriptor member, int backlog)
    {
        var bytes = SockAddr.Write(address.Endpoint!);
        var type = address.IsStream ? Libc.SOCK_STREAM : Libc.SOCK_DGRAM;
        var socket = new FileDescriptor(
            Errno.ThrowIfFailed(LibC.socket(SockAddr.Family(bytes), type | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, 0), "socket"));
        try
        {
            Join(socket.Number, member.Number, bytes);
            if (address.IsStream)
            {
                Errno.ThrowIfFailed(LibC.listen(socket.Number, backlog), "listen");
            }

            return socket;
        }
        catch (LinuxException)
        {
            socket.Dispose();
            throw;
        }
    }

    private static unsafe void Join(int socket, int member, byte[] address)
    {
        Libc.SetOption(socket, Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 1);

        // Its connections have it too: without, what remains of them would keep others from the address for a minute after the service's end.
        Libc.SetOption(socket, Libc.SOL_SOCKET, Libc.SO_REUSEADDR, 1);
        if (Libc.GetOption(member, Libc.IPPROTO_IPV6, Libc.IPV6_V6ONLY) is { } v6Only)
        {
            Libc.SetOption(socket, Libc.IPPROTO_IPV6, Libc.IPV6_V6ONLY, v6Only);
        }

        SocketOptions.Copy(member, socket);
        var owner = ReusePort.Owner(member);
        if (!SocketOptions.CopyDevice(member, socket) || (owner != ReusePort.Owner(socket) && !ReusePort.TryGiveTo(socket, owner)))
        {
            throw new LinuxException("fchown", Errno.Last);
        }

        fixed (byte* p = address)
        {
            Errno.ThrowIfFailed(Libc.bind(socket, p, (uint)address.Length), "bind");
        }
    }
}
