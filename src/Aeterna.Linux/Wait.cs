using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>waitid(2).</summary>
internal static partial class Wait
{
    private const int P_ALL = 0;
    private const int P_PID = 1;
    private const int WNOHANG = 1;
    private const int WEXITED = 4;
    private const int WNOWAIT = 0x01000000;
    private const int CLD_EXITED = 1;

    /// <summary>The head of <c>siginfo_t</c> for SIGCHLD (asm-generic/siginfo.h), which has 128 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    internal struct SigInfo
    {
        [FieldOffset(0)]
        public int Signo;

        [FieldOffset(8)]
        public int Code;

        [FieldOffset(16)]
        public int Pid;

        [FieldOffset(20)]
        public int Uid;

        [FieldOffset(24)]
        public int Status;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int waitid(int idType, int id, SigInfo* info, int options);

    /// <summary>Waits until a child has ended, whichever it is, and leaves it to be reaped; null at once when there is none.</summary>
    /// <exception cref="LinuxException">Anything but ECHILD and EINTR.</exception>
    public static int? ForAny() => Reap(P_ALL, 0, WEXITED | WNOWAIT)?.Pid;

    /// <summary>Reaps this child if it has ended, else null.</summary>
    /// <exception cref="LinuxException">Anything but ECHILD and EINTR.</exception>
    public static (int Pid, int Code, int Signal)? ReapOne(int pid) => Reap(P_PID, pid, WEXITED | WNOHANG);

    /// <summary>Reaps a child that has ended, whichever it is; null: none has.</summary>
    /// <exception cref="LinuxException">Anything but ECHILD and EINTR.</exception>
    public static (int Pid, int Code, int Signal)? ReapAny() => Reap(P_ALL, 0, WEXITED | WNOHANG);

    private static unsafe (int Pid, int Code, int Signal)? Reap(int idType, int id, int options)
    {
        SigInfo info = default;
        while (waitid(idType, id, &info, options) < 0)
        {
            if (Errno.Last == Errno.ECHILD)
            {
                return null;
            }

            if (Errno.Last != Errno.EINTR)
            {
                throw new LinuxException("waitid", Errno.Last);
            }
        }

        return info.Pid == 0 ? null : info.Code == CLD_EXITED ? (info.Pid, info.Status, 0) : (info.Pid, -1, info.Status);
    }
}
