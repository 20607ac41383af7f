using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// The guard of an engine: a process with the same table of descriptors (clone(2), CLONE_FILES) and memory of its own. What the engine opens later is the guard's too, a close is a
/// real close, and when the engine is gone all of it is still there under the same numbers. The guard then becomes the next engine: execve(2) gives it a table of its own.
/// </summary>
/// <remarks>
/// It is a copy of one thread of a runtime whose other threads it has not. So it runs compiled code that allocates nothing, takes no lock, enters the runtime nowhere, and has
/// all signals wait; what it needs is put into place before it is made.
/// </remarks>
internal sealed unsafe partial class DescriptorGuard : IDisposable
{
    private const long CLONE_FILES = 0x400; // linux/sched.h
    private const long CLONE_PARENT = 0x8000;
    private const int Digits = 24;

    private readonly NativeStrings _strings;
    private readonly NativeStrings _arguments;
    private readonly NativeStrings _environment;
    private readonly Order* _order;
    private readonly GuardBoard _board;
    private readonly FileDescriptor _process;

    /// <summary>What the guard needs, in memory that does not move.</summary>
    private struct Order
    {
        public delegate* unmanaged[Cdecl, SuppressGCTransition]<long, long, long, long, long, long, long, long> Call;
        public long Clone;
        public long Prctl;
        public long Ppoll;
        public long Fcntl;
        public long ClockGettime;
        public long RtSigprocmask;
        public long Execve;
        public long ExitGroup;
        public GuardBoard.Memory* Board;
        public byte* Name;
        public byte* Path;
        public byte** Arguments;
        public byte** Environment;
        public ulong Mask;
        public long Engine;
        public int Ledger; // The places of these two in the arguments.
        public int Died;
        public int* More;
        public int* MoreCount;
        public int MoreOfOne;
    }

    /// <summary>Makes the guard of this process, as a sibling of it. Best early: it keeps a copy of what the memory was then.</summary>
    /// <param name="board">What the engine writes for it.</param>
    /// <param name="engine">This process (pidfd_open(2)); stays the caller's, and open.</param>
    /// <param name="more">Descriptors that it keeps beside those of the board, in memory that both have; 0 is none.</param>
    /// <param name="program">The path that it executes when this process is gone.</param>
    /// <param name="arguments">Its arguments, the name first; after them come the ledger's descriptor, and when this process was found gone (CLOCK_MONOTONIC, ns).</param>
    /// <param name="environment"><c>NAME=value</c>.</param>
    /// <exception cref="LinuxException">EAGAIN, ENOMEM; EINVAL: this process is the first one (PID 1), which has no siblings.</exception>
    public DescriptorGuard(GuardBoard board, FileDescriptor engine, MoreDescriptors more, string program, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        var room = new string(' ', Digits);
        _board = board;
        _strings = new NativeStrings(["aeterna-guard", program]);
        _arguments = new NativeStrings([.. arguments, room, room]);
        _environment = new NativeStrings(environment);
        _order = (Order*)NativeMemory.AllocZeroed((nuint)sizeof(Order));
        *_order = new Order
        {
            Call = (delegate* unmanaged[Cdecl, SuppressGCTransition]<long, long, long, long, long, long, long, long>)NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "syscall"),
            Clone = GuardCalls.Native.Clone,
            Prctl = GuardCalls.Native.Prctl,
            Ppoll = GuardCalls.Native.Ppoll,
            Fcntl = GuardCalls.Native.Fcntl,
            ClockGettime = GuardCalls.Native.ClockGettime,
            RtSigprocmask = GuardCalls.Native.RtSigprocmask,
            Execve = GuardCalls.Native.Execve,
            ExitGroup = GuardCalls.Native.ExitGroup,
            Board = board.Shared,
            Name = _strings.Pointer[0],
            Path = _strings.Pointer[1],
            Arguments = _arguments.Pointer,
            Environment = _environment.Pointer,
            Mask = Signals.RequestMask,
            Engine = -1,
            Ledger = arguments.Count,
            Died = arguments.Count + 1,
            More = more.All,
            MoreCount = more.Count,
            MoreOfOne = more.OfOne,
        };
        _ = Make(_order); // Compiled now, where it is not yet: the guard could not.
        _order->Engine = engine.Number;
        var before = stackalloc byte[Signals.MaskLength];
        Signals.HoldAll(before);
        var pid = Make(_order);
        Signals.SetMask(before);
        Pid = (int)Errno.ThrowIfFailed(pid, "clone");
        _process = PidFd.TryOpen(Pid) ?? throw new LinuxException("pidfd_open", Errno.ESRCH);
    }

    /// <summary>Its process id.</summary>
    public int Pid { get; }

    /// <summary>It (pidfd_open(2)); stays this object's.</summary>
    public int Process => _process.Number;

    /// <summary>Ends it, and returns when it has no descriptors any more.</summary>
    public void Dispose()
    {
        if (_process.IsClosed)
        {
            return;
        }

        _ = PidFd.Signal(_process, Signals.SIGKILL);
        PollOnce.AwaitReadable(_process.Number);
        _process.Dispose();
        _strings.Dispose();
        _arguments.Dispose();
        _environment.Dispose();
        NativeMemory.Free(_order);
        GC.KeepAlive(_board);
    }

    /// <summary>Returns the guard's id; there, it does not return.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static long Make(Order* order)
    {
        if (order->Engine < 0)
        {
            return 0;
        }

        var call = order->Call;
        var pid = call(order->Clone, CLONE_FILES | CLONE_PARENT | Signals.SIGCHLD, 0, 0, 0, 0, 0);
        if (pid != 0)
        {
            return pid;
        }

        const int PR_SET_NAME = 15;
        const int F_SETFD = 2;
        const int CLOCK_MONOTONIC = 1;
        const int SIG_SETMASK = 2;
        const int maskBytes = 8; // The kernel's own sigset_t.
        call(order->Prctl, PR_SET_NAME, (long)order->Name, 0, 0, 0, 0);
        Pollfd gone;
        do
        {
            gone.Fd = (int)order->Engine;
            gone.Events = Libc.POLLIN;
            gone.Revents = 0;
            call(order->Ppoll, (long)&gone, 1, 0, 0, 0, 0);
        }
        while (gone.Revents == 0);

        var board = order->Board;
        var valid = board->Valid;
        if (board->IsDismissed == 0 && board->Ledger[valid] != 0)
        {
            long* time = stackalloc long[2];
            call(order->ClockGettime, CLOCK_MONOTONIC, (long)time, 0, 0, 0, 0);
            call(order->Fcntl, board->Ledger[valid], F_SETFD, 0, 0, 0, 0);
            var kept = (int*)(board + 1) + (valid * GuardBoard.Most); // GuardBoard.Memory.Descriptors, without a call.
            for (var i = 0; i < board->Count[valid]; i++)
            {
                call(order->Fcntl, kept[i], F_SETFD, 0, 0, 0, 0);
            }

            var more = *order->MoreCount * order->MoreOfOne;
            for (var i = 0; i < more; i++)
            {
                if (order->More[i] > 0)
                {
                    call(order->Fcntl, order->More[i], F_SETFD, 0, 0, 0, 0);
                }
            }

            Print(order->Arguments[order->Ledger], board->Ledger[valid]);
            Print(order->Arguments[order->Died], (time[0] * 1_000_000_000) + time[1]);
            call(order->RtSigprocmask, SIG_SETMASK, (long)&order->Mask, 0, maskBytes, 0, 0);
            call(order->Execve, (long)order->Path, (long)order->Arguments, (long)order->Environment, 0, 0, 0);
        }

        while (true)
        {
            call(order->ExitGroup, 0, 0, 0, 0, 0, 0);
        }
    }

    // Where there is room for it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Print(byte* text, long number)
    {
        var length = 1;
        for (var rest = number; rest >= 10; rest /= 10)
        {
            length++;
        }

        text[length] = 0;
        while (length-- > 0)
        {
            text[length] = (byte)('0' + (number % 10));
            number /= 10;
        }
    }
}

/// <summary>Descriptors in memory that others write.</summary>
/// <param name="AllAt">Where the first one is.</param>
/// <param name="CountAt">Where it says how many times so many there are.</param>
/// <param name="OfOne">So many.</param>
internal unsafe readonly record struct MoreDescriptors(nint AllAt, nint CountAt, int OfOne)
{
    public int* All => (int*)AllAt;

    public int* Count => (int*)CountAt;
}
