using System.Globalization;

namespace Aeterna.Linux;

/// <summary>What a process does with signals (/proc/PID/status, proc(5)).</summary>
internal static class ProcessSignals
{
    /// <summary>Whether a handler is installed for it; false when the process is gone.</summary>
    public static bool Catches(int pid, int signal) =>
        ulong.TryParse(ProcFs.StatusField(pid, "SigCgt"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var caught)
        && (caught & (1ul << (signal - 1))) != 0;
}
