using System.Buffers.Binary;
using System.Numerics;

namespace Aeterna.Linux;

/// <summary>
/// Tells a timed sleep from a wait for something to come, where both are written with the same call: select(2), poll(2), epoll_wait(2) and
/// sigtimedwait(2) with nothing to wait for, or with timers alone. A futex(2) with a timeout stays a wait: whether somebody else will
/// wake it cannot be seen.
/// </summary>
internal static class TimedSleep
{
    /// <summary>Of a longer list only the beginning is looked at: a list of timers alone is short.</summary>
    private const int MostLooked = 16;

    private const int PollFdSize = 8;
    private const int EpollText = 2048;

    /// <summary>Whether only the clock can end the call. False also when that cannot be known.</summary>
    /// <param name="pid">The process, whose descriptors the call names.</param>
    /// <param name="tid">The thread.</param>
    /// <param name="call">The number of the call.</param>
    /// <param name="arguments">Its six arguments.</param>
    public static bool Is(int pid, int tid, int call, ReadOnlySpan<ulong> arguments)
    {
        var table = WaitCalls.Native;
        return call >= 0 && arguments.Length >= 6 && (table.IsSleep(call)
            || ((call == table.Select || call == table.Pselect6) && Selects(pid, tid, arguments))
            || (call == table.Poll && Polls(pid, tid, arguments, (int)arguments[2] >= 0))
            || (call == table.Ppoll && Polls(pid, tid, arguments, arguments[2] != 0))
            || ((call == table.Epoll_wait || call == table.Epoll_pwait) && Epolls(pid, arguments, (int)arguments[3] >= 0))
            || (call == table.Epoll_pwait2 && Epolls(pid, arguments, arguments[3] != 0))
            || (call == table.Rt_sigtimedwait && arguments[2] != 0 && IsEmptySet(tid, arguments)));
    }

    // select(nfds, read, write, except, timeout): bits by descriptor. A null timeout waits for a signal.
    private static bool Selects(int pid, int tid, ReadOnlySpan<ulong> arguments)
    {
        const int MostBytes = 8192;
        var bytes = Math.Min(((int)Math.Min(arguments[0], int.MaxValue - 63) + 63) / 64 * 8, MostBytes);
        Span<byte> set = stackalloc byte[MostBytes];
        var waits = new Waits(pid);
        for (var i = 1; i <= 3 && bytes > 0; i++)
        {
            if (arguments[i] == 0)
            {
                continue;
            }

            if (!ProcessMemory.TryRead(tid, arguments[i], set[..bytes]))
            {
                return false;
            }

            for (var word = 0; word < bytes; word += 8)
            {
                for (var bits = BinaryPrimitives.ReadUInt64LittleEndian(set[word..]); bits != 0; bits &= bits - 1)
                {
                    if (!waits.OnTimer((word * 8) + BitOperations.TrailingZeroCount(bits)))
                    {
                        return false;
                    }
                }
            }
        }

        return waits.AreSleep(arguments[4] != 0);
    }

    // poll(fds, nfds, …): negative descriptors are passed over.
    private static bool Polls(int pid, int tid, ReadOnlySpan<ulong> arguments, bool timed)
    {
        if (arguments[1] > MostLooked)
        {
            return false;
        }

        Span<byte> list = stackalloc byte[MostLooked * PollFdSize];
        list = list[..((int)arguments[1] * PollFdSize)];
        var waits = new Waits(pid);
        if (list.Length > 0 && !ProcessMemory.TryRead(tid, arguments[0], list))
        {
            return false;
        }

        for (; list.Length > 0; list = list[PollFdSize..])
        {
            var fd = BinaryPrimitives.ReadInt32LittleEndian(list);
            if (fd >= 0 && !waits.OnTimer(fd))
            {
                return false;
            }
        }

        return waits.AreSleep(timed);
    }

    // /proc/PID/fdinfo of an epoll: a line "tfd: number …" for each descriptor.
    private static bool Epolls(int pid, ReadOnlySpan<ulong> arguments, bool timed)
    {
        if (ProcThreads.Text($"/proc/{pid}/fdinfo/{(int)arguments[0]}", EpollText) is not { } text)
        {
            return false;
        }

        var waits = new Waits(pid);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("tfd:", StringComparison.Ordinal))
            {
                var number = line[4..].TrimStart();
                var end = number.IndexOf(' ');
                if (!int.TryParse(end < 0 ? number : number[..end], out var fd) || !waits.OnTimer(fd))
                {
                    return false;
                }
            }
        }

        return waits.AreSleep(timed);
    }

    private static bool IsEmptySet(int tid, ReadOnlySpan<ulong> arguments)
    {
        Span<byte> set = stackalloc byte[8];
        return ProcessMemory.TryRead(tid, arguments[0], set) && BinaryPrimitives.ReadUInt64LittleEndian(set) == 0;
    }

    /// <summary>What a call waits for, one descriptor after the other.</summary>
    private struct Waits(int pid)
    {
        private int _timers;

        /// <summary>Takes a descriptor; false when it is no timer, or when there are so many that it does not matter.</summary>
        public bool OnTimer(int fd) => ++_timers <= MostLooked && ProcFs.IsTimer(pid, fd);

        /// <summary>Timers alone are a sleep, and so is nothing at all with a timeout.</summary>
        public readonly bool AreSleep(bool timed) => timed || _timers > 0;
    }
}
