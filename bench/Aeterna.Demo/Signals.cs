using System.Runtime.InteropServices;

namespace Aeterna.Demo;

/// <summary>kill(2).</summary>
internal static partial class Signals
{
    private const int Sigkill = 9;

    /// <summary>SIGKILL; nothing when the process is gone.</summary>
    public static void KillIfThere(int pid) => Kill(pid, Sigkill);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
