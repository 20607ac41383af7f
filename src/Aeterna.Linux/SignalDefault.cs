using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// signal(2): what a process does on a signal before anyone handles it. An ignored signal stays ignored over exec, and the runtime
/// does not install a handler for one that is ignored.
/// </summary>
internal static partial class SignalDefault
{
    private const nint SIG_DFL = 0;

    /// <summary>Ends the ignoring of SIGHUP and SIGTERM that a caller such as nohup has handed on. Before handlers are installed.</summary>
    public static void Restore()
    {
        Set(Signals.SIGHUP);
        Set(Signals.SIGTERM);
    }

    /// <summary>Gives one signal its default disposition, in place of any handler.</summary>
    public static void Set(int signum) => _ = signal(signum, SIG_DFL);

    [LibraryImport("libc")]
    private static partial nint signal(int signum, nint handler);
}
