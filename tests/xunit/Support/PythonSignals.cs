namespace Aeterna.Tests.Support;

/// <summary>What a program in Python begins with that is to end when it is told to.</summary>
internal static class PythonSignals
{
    /// <summary>
    /// Ends the process with code 0 on SIGTERM. A thread that waits for it, and no handler: Python runs a handler between two of its own
    /// instructions, so that a signal which comes just before a blocking call leaves the program in that call for good.
    /// </summary>
    public const string EndOnTerm = """
        import os, signal, threading
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        threading.Thread(target=lambda: (signal.sigwait([signal.SIGTERM]), os._exit(0)), daemon=True).start()

        """;
}
