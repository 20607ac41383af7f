using System.Globalization;
using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>What a process does with signals (/proc/PID/status, proc(5)).</summary>
internal static partial class ProcessSignals
{
    /// <summary>
    /// Whether a signal waits for a thread for which the program has a handler, that is not blocked. Sent to the thread itself it will have
    /// it; of those sent to the process another thread may take it first, if there is one.
    /// </summary>
    public static PendingSignal Pending(int tid)
    {
        var status = ProcFs.Status(tid);
        var wanted = Mask(status, "SigCgt") & ~Mask(status, "SigBlk");
        return (Mask(status, "SigPnd") & wanted) != 0 ? PendingSignal.Certain
            : (Mask(status, "ShdPnd") & wanted) == 0 ? PendingSignal.None
            : ProcFs.StatusField(status, "Threads") == "1" ? PendingSignal.Certain
            : PendingSignal.Possible;
    }

    /// <summary>Whether a thread has a signal blocked: one that is sent to the process goes to another thread then.</summary>
    public static bool Blocks(int tid, int signal) => (Mask(ProcFs.Status(tid), "SigBlk") & (1ul << (signal - 1))) != 0;

    /// <summary>tgkill(2): sends a signal to one thread of a process; nothing when it is gone.</summary>
    public static void SendToThread(int pid, int tid, int signal) => _ = tgkill(pid, tid, signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int tgkill(int process, int thread, int signal);

    private static ulong Mask(string[] status, string name) =>
        ulong.TryParse(ProcFs.StatusField(status, name), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var mask) ? mask : 0;

    /// <summary>Whether a handler is installed for it; false when the process is gone.</summary>
    public static bool Catches(int pid, int signal) =>
        ulong.TryParse(ProcFs.StatusField(pid, "SigCgt"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var caught)
        && (caught & (1ul << (signal - 1))) != 0;
}

/// <summary>What <see cref="ProcessSignals.Pending"/> found.</summary>
internal enum PendingSignal
{
    None,

    /// <summary>The thread will have it, unless another takes it.</summary>
    Possible,

    /// <summary>The thread will have it, and no other.</summary>
    Certain,
}
