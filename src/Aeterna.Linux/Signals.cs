using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>Signal dispositions and masks (sigaction(2), pthread_sigmask(3)).</summary>
internal static partial class Signals
{
    public const int SIGHUP = 1;
    public const int SIGINT = 2;
    public const int SIGKILL = 9;
    public const int SIGTERM = 15;
    public const int SIGCHLD = 17;
    public const int SIGCONT = 18;
    public const int SIGSTOP = 19;

    // HUP, INT, QUIT, USR1, USR2, ALRM, TERM, STKFLT, VTALRM, PROF, IO and PWR (signal(7)).
    private static readonly int[] _requests = [SIGHUP, SIGINT, 3, 10, 12, 14, SIGTERM, 16, 26, 27, 29, 30];

    private const nint SIG_IGN = 1;
    private const int SIG_BLOCK = 0;
    private const int SIG_SETMASK = 2;
    private const int Last = 64;

    /// <summary>glibc's <c>struct sigaction</c>: the handler first, 152 bytes in all on both architectures.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 152)]
    private struct SigAction
    {
        public nint Handler;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int sigaction(int signal, SigAction* action, SigAction* old);

    [LibraryImport("libc")]
    private static unsafe partial int pthread_sigmask(int how, byte* set, byte* old);

    /// <summary>Has a function of native code called on a signal; interrupted calls are not restarted.</summary>
    /// <exception cref="LinuxException">EINVAL: no signal, or one that cannot be caught.</exception>
    public static unsafe void Handle(int signal, nint function)
    {
        var action = new SigAction { Handler = function };
        Errno.ThrowIfFailed(sigaction(signal, &action, null), "sigaction");
    }

    /// <summary>
    /// Ignores every signal by which somebody asks a process for something and which would end it: a rotation's, a terminal's, that of a whole
    /// control group. Errors and SIGKILL still end it.
    /// </summary>
    public static unsafe void IgnoreRequests()
    {
        SigAction ignore = new() { Handler = SIG_IGN };
        foreach (var signal in _requests)
        {
            Errno.ThrowIfFailed(sigaction(signal, &ignore, null), "sigaction");
        }
    }

    /// <summary>Bytes of a mask of signals (sigset_t).</summary>
    internal const int MaskLength = 128;

    /// <summary>Has requests wait that come to this thread: they stay pending across execve(2), and so does the mask.</summary>
    /// <param name="before">Gets the mask that was in force.</param>
    internal static unsafe void HoldRequests(byte* before)
    {
        var held = stackalloc byte[MaskLength];
        new Span<byte>(held, MaskLength).Clear();
        foreach (var signal in _requests)
        {
            held[(signal - 1) / 8] |= (byte)(1 << ((signal - 1) % 8));
        }

        _ = pthread_sigmask(SIG_BLOCK, held, before);
    }

    /// <summary>Requests as the kernel's own mask has them.</summary>
    internal static ulong RequestMask { get; } = _requests.Aggregate(0ul, (mask, signal) => mask | (1ul << (signal - 1)));

    /// <summary>SIGCHLD as the kernel's own mask has it.</summary>
    internal const ulong ChildMask = 1ul << (SIGCHLD - 1);

    /// <summary>Has SIGCHLD wait that comes to this thread; also in what it executes.</summary>
    public static unsafe void HoldChildren()
    {
        var held = stackalloc byte[MaskLength];
        new Span<byte>(held, MaskLength).Clear();
        *(ulong*)held = ChildMask;
        _ = pthread_sigmask(SIG_BLOCK, held, null);
    }

    /// <summary>Gives this thread, and with the first one the process, a name for ps(1): at most 15 bytes (PR_SET_NAME, prctl(2)).</summary>
    public static unsafe void Name(string name)
    {
        using var text = new NativeStrings([name]);
        _ = Libc.prctl(Libc.PR_SET_NAME, (nuint)text.Pointer[0], 0, 0, 0);
    }

    /// <summary>Has all signals wait that come to this thread, and to what it starts.</summary>
    /// <param name="before">Gets the mask that was in force.</param>
    internal static unsafe void HoldAll(byte* before)
    {
        var all = stackalloc byte[MaskLength];
        new Span<byte>(all, MaskLength).Fill(0xff);
        _ = pthread_sigmask(SIG_BLOCK, all, before);
    }

    /// <summary>Sets this thread's mask.</summary>
    internal static unsafe void SetMask(byte* mask) => _ = pthread_sigmask(SIG_SETMASK, mask, null);

    /// <summary>Lets requests come that have waited since <see cref="HoldRequests"/>, in a process that was started so: on a thread of their own.</summary>
    public static void LetRequestsCome()
    {
        new Thread(Receive, 64 << 10) { IsBackground = true, Name = "signals" }.Start();

        static unsafe void Receive()
        {
            var none = stackalloc byte[MaskLength];
            new Span<byte>(none, MaskLength).Clear();
            SetMask(none);
            Thread.Sleep(Timeout.Infinite);
        }
    }

    /// <summary>
    /// Gives every ignored signal its default disposition, and this thread an empty mask. Handlers are left alone: execve
    /// resets them, while the .NET runtime still needs its own until then.
    /// </summary>
    public static unsafe void ResetForExec()
    {
        for (var signal = 1; signal <= Last; signal++)
        {
            // EINVAL for the two that libc keeps to itself (32, 33).
            SigAction current;
            if (sigaction(signal, null, &current) == 0 && current.Handler == SIG_IGN)
            {
                SigAction none = default;
                Errno.ThrowIfFailed(sigaction(signal, &none, null), "sigaction");
            }
        }

        var empty = stackalloc byte[MaskLength];
        new Span<byte>(empty, MaskLength).Clear();
        SetMask(empty);
    }
}
