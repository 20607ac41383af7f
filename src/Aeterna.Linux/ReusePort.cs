using System.Runtime.InteropServices;

using Microsoft.Win32.SafeHandles;

namespace Aeterna.Linux;

/// <summary>
/// A group of sockets that share an address (SO_REUSEPORT, socket(7)), and the program by which the kernel chooses among them. How
/// the kernel keeps the group is in net/core/sock_reuseport.c; only sockets of one owner (sk_uid) are in one group.
/// </summary>
internal static partial class ReusePort
{
    private const int SO_ATTACH_REUSEPORT_CBPF = 51;
    private const int SO_DETACH_REUSEPORT_BPF = 68;
    private const int SO_BINDTOIFINDEX = 62;
    private const int NoInterface = int.MaxValue;
    private const uint Unchanged = uint.MaxValue;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchown(int fd, uint owner, uint group);

    /// <summary>
    /// Puts the program in the place of the group's last one. It returns the index of a member; one that is out of range makes the
    /// kernel choose by hash. It stays when the member leaves that it was attached by.
    /// </summary>
    /// <param name="member">A socket of the group: bound (UDP), listening (TCP). Stays the caller's.</param>
    /// <param name="program">At most 4096 instructions; copied.</param>
    /// <exception cref="LinuxException">EINVAL (the socket is in no group), ENOMEM.</exception>
    public static unsafe void Attach(int member, ReadOnlySpan<SockFilter> program)
    {
        fixed (SockFilter* instructions = program)
        {
            var fprog = new SockFprog { Len = (ushort)program.Length, Filter = instructions };
            var bytes = new ReadOnlySpan<byte>(&fprog, sizeof(SockFprog));
            if (!Libc.SetOption(member, Libc.SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, bytes))
            {
                throw new LinuxException("setsockopt(SO_ATTACH_REUSEPORT_CBPF)", Errno.Last);
            }
        }
    }

    /// <summary>Takes the program away: the kernel chooses by the sender again (Linux 5.3). False when there is none.</summary>
    /// <param name="member">A socket of the group. Stays the caller's.</param>
    public static bool Detach(int member) => Libc.SetOption(member, Libc.SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0);

    /// <summary>
    /// Takes a socket out of its group at once. A close does so only with the last descriptor of it, and a process that is just being started has one of all for a moment: the
    /// order would change behind our back. A datagram socket is bound to an interface that there is not, by which the kernel hashes it anew (net/ipv4/udp.c, udp_lib_rehash),
    /// and first finds it no more; one that listens is shut down (net/ipv4/inet_connection_sock.c, inet_csk_listen_stop). It gets nothing any more.
    /// </summary>
    /// <param name="member">A socket of the group. Stays the caller's.</param>
    /// <param name="isStream">It listens.</param>
    /// <returns>False with <see cref="Errno.Last"/>: EPERM (it is bound to an interface, and CAP_NET_RAW is lacking), ENOTCONN (it does not listen).</returns>
    public static bool Leave(int member, bool isStream) =>
        isStream ? LibC.shutdown(member, Libc.SHUT_RDWR) == 0 : Libc.SetOption(member, Libc.SOL_SOCKET, SO_BINDTOIFINDEX, NoInterface);

    /// <summary>The user that a socket belongs to: whoever made it, or was given it by <see cref="TryGiveTo"/>.</summary>
    /// <exception cref="IOException">EBADF.</exception>
    public static uint Owner(int socket)
    {
        using var file = new SafeFileHandle(socket, ownsHandle: false);
        return FileStatus.Of(file).Uid;
    }

    /// <summary>Makes a socket another user's (fchown(2) sets sk_uid); in a group, before it is bound. False with <see cref="Errno.Last"/>: EPERM without CAP_CHOWN.</summary>
    public static bool TryGiveTo(int socket, uint owner) => fchown(socket, owner, Unchanged) == 0;
}
