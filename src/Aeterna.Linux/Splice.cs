using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>splice(2): bytes from one descriptor to another in the kernel, without a copy, where one of both is a pipe.</summary>
internal static partial class Libc
{
    public const uint SPLICE_F_MOVE = 1;
    public const uint SPLICE_F_NONBLOCK = 2;
    public const int F_SETPIPE_SZ = 1031;

    /// <summary>
    /// splice(2): bytes moved, 0 at the end of the input. Both offsets are null for sockets and pipes. Descriptors that came with the
    /// bytes of a unix socket are closed. EAGAIN (the input is empty, or the output full), EPIPE, ECONNRESET, EINTR.
    /// </summary>
    [LibraryImport("libc", SetLastError = true)]
    public static unsafe partial nint splice(int fdIn, long* offsetIn, int fdOut, long* offsetOut, nuint length, uint flags);
}
