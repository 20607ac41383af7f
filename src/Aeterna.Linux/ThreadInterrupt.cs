using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// Lets a thread come back with EINTR from a call that it is blocked in: by a signal of our own whose handler does nothing (tgkill(2),
/// sigaction(2)). For calls that cannot be made to watch a second descriptor. execve(2) takes the handler away again.
/// </summary>
internal static partial class ThreadInterrupt
{
    /// <summary>SIGRTMAX - 1. The .NET runtime has SIGRTMIN for itself, libc the two below it.</summary>
    private const int Signal = 63;

    private static readonly Lazy<int> _handler = new(Install);

    /// <summary>The id of the calling thread, for <see cref="Send"/>. Makes the signal harmless before it can come.</summary>
    public static int Register()
    {
        _ = _handler.Value;
        return gettid();
    }

    /// <summary>Sends it. A call that the thread is only about to make is not interrupted: repeat it until the thread is where it should be.</summary>
    public static void Send(int tid) => _ = tgkill(Environment.ProcessId, tid, Signal); // ESRCH: it has ended.

    private static int Install()
    {
        // The runtime must not be entered from a signal that comes at any moment, and libc's abs() is a function of one int that does nothing
        // else. Without SA_RESTART.
        var abs = NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "abs");
        Signals.Handle(Signal, abs);
        return Signal;
    }

    [LibraryImport("libc")]
    private static partial int gettid();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int tgkill(int process, int thread, int signal);
}
