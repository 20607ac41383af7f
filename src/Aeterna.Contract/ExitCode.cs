namespace Aeterna.Contract;

/// <summary>Exit codes of the command line.</summary>
public static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>It was tried and failed.</summary>
    public const int Failed = 1;

    /// <summary>Bad usage or a bad configuration; nothing was tried.</summary>
    public const int Usage = 2;

    /// <summary>The reload was rolled back; the old generation serves on.</summary>
    public const int RolledBack = 3;

    /// <summary>Another reload is under way.</summary>
    public const int Busy = 4;

    /// <summary>No engine answers for that service.</summary>
    public const int NotRunning = 5;

    /// <summary>The time to wait was over (as of timeout(1)); what was waited for goes on.</summary>
    public const int WaitOver = 124;

    /// <summary>Ctrl-C ended the waiting; what was waited for goes on.</summary>
    public const int Interrupted = 130;
}
