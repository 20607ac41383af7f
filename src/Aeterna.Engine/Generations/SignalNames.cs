namespace Aeterna.Generations;

/// <summary>Names of the signals that are the same on x86-64 and arm64 (signal(7)).</summary>
internal static class SignalNames
{
    private static readonly string[] _names =
    [
        "0", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
        "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
        "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>The name, or <c>signal N</c> for a real-time one.</summary>
    public static string Name(int signal) => signal > 0 && signal < _names.Length ? _names[signal] : $"signal {signal}";
}
