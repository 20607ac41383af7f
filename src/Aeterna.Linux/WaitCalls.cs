using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// Numbers of the system calls in which a thread waits until something comes, by architecture (x86-64: asm/unistd_64.h; arm64:
/// asm-generic/unistd.h). -1 = the architecture has no such call. Calls that only let time pass (nanosleep) are not among them.
/// </summary>
internal sealed record WaitCalls
{
    public required int Futex { get; init; }

    public required int Epoll_wait { get; init; }

    public required int Epoll_pwait { get; init; }

    public required int Poll { get; init; }

    public required int Ppoll { get; init; }

    public required int Select { get; init; }

    public required int Pselect6 { get; init; }

    public required int Recvfrom { get; init; }

    public required int Recvmsg { get; init; }

    public required int Recvmmsg { get; init; }

    public required int Accept { get; init; }

    public required int Accept4 { get; init; }

    public required int Read { get; init; }

    public required int Readv { get; init; }

    public required int Wait4 { get; init; }

    public required int Waitid { get; init; }

    public required int Rt_sigtimedwait { get; init; }

    public required int Rt_sigsuspend { get; init; }

    public required int Nanosleep { get; init; }

    public required int Clock_nanosleep { get; init; }

    public required int Pause { get; init; }

    /// <summary>What a call that a stop interrupted has become: it may be any of these, or a timed sleep.</summary>
    public required int Restart_syscall { get; init; }

    // The same on both: numbers from 424 on always are.
    public int Futex_waitv { get; } = 449;

    public int Epoll_pwait2 { get; } = 441;

    public static WaitCalls X64 { get; } = new()
    {
        Futex = 202,
        Epoll_wait = 232,
        Epoll_pwait = 281,
        Poll = 7,
        Ppoll = 271,
        Select = 23,
        Pselect6 = 270,
        Recvfrom = 45,
        Recvmsg = 47,
        Recvmmsg = 299,
        Accept = 43,
        Accept4 = 288,
        Read = 0,
        Readv = 19,
        Wait4 = 61,
        Waitid = 247,
        Rt_sigtimedwait = 128,
        Rt_sigsuspend = 130,
        Nanosleep = 35,
        Clock_nanosleep = 230,
        Pause = 34,
        Restart_syscall = 219,
    };

    public static WaitCalls Arm64 { get; } = new()
    {
        Futex = 98,
        Epoll_wait = -1,
        Epoll_pwait = 22,
        Poll = -1,
        Ppoll = 73,
        Select = -1,
        Pselect6 = 72,
        Recvfrom = 207,
        Recvmsg = 212,
        Recvmmsg = 243,
        Accept = 202,
        Accept4 = 242,
        Read = 63,
        Readv = 65,
        Wait4 = 260,
        Waitid = 95,
        Rt_sigtimedwait = 137,
        Rt_sigsuspend = 133,
        Nanosleep = 101,
        Clock_nanosleep = 115,
        Pause = -1,
        Restart_syscall = 128,
    };

    /// <summary>The table of the architecture that the engine runs on.</summary>
    public static WaitCalls Native { get; } = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? X64 : Arm64;

    /// <summary>Whether the call reads from a descriptor that may be anything, its first argument.</summary>
    public bool IsRead(int call) => call == Read || call == Readv;

    /// <summary>Whether the call waits for some of the descriptors in a list that it is given.</summary>
    public bool IsPoll(int call) => call >= 0 && (call == Poll || call == Ppoll || call == Select || call == Pselect6);

    /// <summary>Whether the call only lets time pass.</summary>
    public bool IsSleep(int call) => call == Nanosleep || call == Clock_nanosleep;

    /// <summary>Whether the call waits until something comes; of a read, if what it reads from can make it wait.</summary>
    public bool Contains(int call) => call >= 0 && _all.Value.Contains(call);

    private readonly Lazy<HashSet<int>> _all;

    public WaitCalls() => _all = new(() =>
    [
        Futex, Futex_waitv, Epoll_wait, Epoll_pwait, Epoll_pwait2, Poll, Ppoll, Select, Pselect6, Recvfrom, Recvmsg, Recvmmsg,
        Accept, Accept4, Read, Readv, Wait4, Waitid, Rt_sigtimedwait, Rt_sigsuspend, Pause, Restart_syscall,
    ]);
}
