using System.Runtime.ExceptionServices;

using Aeterna.Linux;

namespace Aeterna.Tests.Support;

/// <summary>Does something where system calls are denied as by the filter of a container: on a thread, and on all that it starts.</summary>
internal static unsafe class Denied
{
    private const uint SECCOMP_RET_ERRNO = 0x0005_0000;
    private const uint OffsetOfNr = 0;

    public static int PidfdGetfd => 438;

    public static int Unshare => SyscallTable.Native == SyscallTable.X64 ? 272 : 97;

    public static int ProcessVmReadv => SyscallTable.Native == SyscallTable.X64 ? 310 : 270;

    public static int ProcessVmWritev => SyscallTable.Native == SyscallTable.X64 ? 311 : 271;

    /// <summary>Runs it to its end; its exception is the caller's.</summary>
    public static T Run<T>(IEnumerable<int> calls, Func<T> action)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        SockFilter[] filter =
        [
            SockFilter.LoadWord(OffsetOfNr),
            .. calls.SelectMany(call => new[] { SockFilter.JumpIfEqual((uint)call, 0, 1), SockFilter.Return(SECCOMP_RET_ERRNO | Errno.EPERM) }),
            SockFilter.Return(Seccomp.SECCOMP_RET_ALLOW),
        ];
        var thread = new Thread(() =>
        {
            try
            {
                fixed (SockFilter* instructions = filter)
                {
                    var program = new SockFprog { Len = (ushort)filter.Length, Filter = instructions };
                    const int PR_SET_SECCOMP = 22;
                    Errno.ThrowIfFailed(Libc.prctl(Libc.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
                    Errno.ThrowIfFailed(Libc.prctl(PR_SET_SECCOMP, 2, (nuint)(&program), 0, 0), "prctl");
                }

                result = action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }
}
