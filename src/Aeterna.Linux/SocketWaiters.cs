using System.Buffers.Binary;
using System.Numerics;

namespace Aeterna.Linux;

/// <summary>Whether somebody in a process waits for clients of some sockets.</summary>
internal enum Attendance
{
    /// <summary>No thread does: each sleeps, or waits for something else that is no client.</summary>
    Nobody,

    /// <summary>It cannot be told: a thread works, or is busy with a client, or waits in a way that shows nothing.</summary>
    Unknown,

    /// <summary>A thread does.</summary>
    Somebody,
}

/// <summary>
/// Tells from the calls in which the threads of a process wait (proc(5): task/TID/syscall) whether one of them would wake for a client: by accept(2) or recvmsg(2) on a socket, or by
/// a list of poll(2), select(2) or epoll(7) with the socket in it. A process that has a socket open need not: a master process keeps it for its workers.
/// </summary>
internal static class SocketWaiters
{
    // Of a longer list nothing is said: who waits for so many descriptors serves somebody.
    private const int MostDescriptors = 64;
    private const int MostEpollText = 16 * 1024;
    private const int PollFdSize = 8;
    private const int FdSetBytes = MostDescriptors / 8;

    /// <summary>What the threads of a process wait for at this moment.</summary>
    /// <param name="pid">The process; one that is gone has nobody.</param>
    /// <param name="sockets">Inodes of the sockets.</param>
    /// <param name="isHeld">It is held still: what its threads wait for is what they will wait for again.</param>
    public static Attendance Of(int pid, IReadOnlySet<ulong> sockets, bool isHeld)
    {
        var all = Attendance.Nobody;
        foreach (var tid in ProcFs.Threads(pid))
        {
            if (Of(pid, tid, sockets, isHeld) is var one && one > all)
            {
                all = one;
            }

            if (all == Attendance.Somebody)
            {
                break;
            }
        }

        return all;
    }

    private static Attendance Of(int pid, int tid, IReadOnlySet<ulong> sockets, bool isHeld)
    {
        var folder = $"/proc/{pid}/task/{tid}/";
        if (ProcThreads.Parse(ProcThreads.Text(folder + "stat") ?? "", out _) is not { } state || state is 'Z' or 'X')
        {
            return Attendance.Nobody;
        }

        Span<ulong> arguments = stackalloc ulong[6];
        var call = ProcThreads.Call(ProcThreads.Text(folder + "syscall") ?? "", arguments);
        var table = WaitCalls.Native;
        if (call < 0 || (state != 'S' && !isHeld))
        {
            return Attendance.Unknown;
        }

        return IsAccept(call) ? Attendance.Somebody
            : IsReceive(call) ? Inode(pid, arguments[0]) is { } inode && sockets.Contains(inode) ? Attendance.Somebody : Attendance.Unknown
            : table.IsRead(call) ? Judge(pid, [Number(arguments[0])], sockets)
            : IsEpoll(call) ? Epolls(pid, Number(arguments[0]), sockets)
            : call == table.Poll || call == table.Ppoll ? Polls(pid, tid, arguments, sockets)
            : call == table.Select || call == table.Pselect6 ? Selects(pid, tid, arguments, sockets)
            : call == table.Restart_syscall || !(table.Contains(call) || table.IsSleep(call)) ? Attendance.Unknown
            : Attendance.Nobody;
    }

    private static bool IsAccept(int call) => call == WaitCalls.Native.Accept || call == WaitCalls.Native.Accept4;

    private static bool IsReceive(int call) =>
        call == WaitCalls.Native.Recvfrom || call == WaitCalls.Native.Recvmsg || call == WaitCalls.Native.Recvmmsg;

    private static bool IsEpoll(int call) =>
        call == WaitCalls.Native.Epoll_wait || call == WaitCalls.Native.Epoll_pwait || call == WaitCalls.Native.Epoll_pwait2;

    private static Attendance Epolls(int pid, int epoll, IReadOnlySet<ulong> sockets)
    {
        if (ProcThreads.Text($"/proc/{pid}/fdinfo/{epoll}", MostEpollText) is not { } text)
        {
            return Attendance.Unknown;
        }

        List<int> others = [];
        foreach (var registration in text.Split('\n').Select(EpollSets.Parse).OfType<EpollRegistration>())
        {
            if (sockets.Contains(registration.Inode))
            {
                return Attendance.Somebody;
            }

            others.Add(registration.Number);
        }

        return text.Length >= MostEpollText ? Attendance.Unknown : Judge(pid, others, sockets);
    }

    // poll(fds, nfds, …): negative descriptors are passed over.
    private static Attendance Polls(int pid, int tid, ReadOnlySpan<ulong> arguments, IReadOnlySet<ulong> sockets)
    {
        Span<byte> list = stackalloc byte[MostDescriptors * PollFdSize];
        if (arguments[1] > MostDescriptors || !ReadIn(tid, arguments[0], list = list[..((int)arguments[1] * PollFdSize)]))
        {
            return Attendance.Unknown;
        }

        List<int> numbers = [];
        for (; list.Length > 0; list = list[PollFdSize..])
        {
            numbers.Add(BinaryPrimitives.ReadInt32LittleEndian(list));
        }

        return Judge(pid, numbers.Where(number => number >= 0), sockets);
    }

    // select(nfds, read, write, except, timeout): bits by descriptor.
    private static Attendance Selects(int pid, int tid, ReadOnlySpan<ulong> arguments, IReadOnlySet<ulong> sockets)
    {
        Span<byte> set = stackalloc byte[FdSetBytes];
        List<int> numbers = [];
        for (var i = 1; i <= 3 && arguments[0] > 0; i++)
        {
            set.Clear();
            if (arguments[i] != 0 && (arguments[0] > MostDescriptors || !ReadIn(tid, arguments[i], set)))
            {
                return Attendance.Unknown;
            }

            for (var bits = BinaryPrimitives.ReadUInt64LittleEndian(set); bits != 0; bits &= bits - 1)
            {
                numbers.Add(BitOperations.TrailingZeroCount(bits));
            }
        }

        return Judge(pid, numbers, sockets);
    }

    private static bool ReadIn(int tid, ulong address, Span<byte> buffer) => buffer.Length == 0 || ProcessMemory.TryRead(tid, address, buffer);

    /// <summary>One of the sockets is waited for; or another socket that may be a client's, or another set, which may have one in it.</summary>
    private static Attendance Judge(int pid, IEnumerable<int> numbers, IReadOnlySet<ulong> sockets)
    {
        var all = Attendance.Nobody;
        HashSet<ulong>? pairs = null;
        foreach (var number in numbers)
        {
            if (Inode(pid, (ulong)number) is { } inode)
            {
                if (sockets.Contains(inode))
                {
                    return Attendance.Somebody;
                }

                all = (pairs ??= UnixTable.WithoutName()).Contains(inode) ? all : Attendance.Unknown;
            }
            else if (ProcFs.DescriptorTarget(pid, number) is null or "anon_inode:[eventpoll]" or "anon_inode:[io_uring]")
            {
                all = Attendance.Unknown;
            }
        }

        return all;
    }

    private static int Number(ulong argument) => unchecked((int)argument);

    private static ulong? Inode(int pid, ulong argument) => ProcFs.SocketInode(pid, Number(argument));
}
