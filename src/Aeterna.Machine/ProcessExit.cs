using Aeterna.Machine.Plans;

namespace Aeterna.Machine;

/// <summary>How a process ended.</summary>
/// <param name="Code">Its exit code, or -1 when a signal ended it.</param>
/// <param name="Signal">The signal that ended it, or 0.</param>
internal readonly record struct ProcessExit(int Code, int Signal)
{
    /// <summary>Of a process that another one started and reaped.</summary>
    public static ProcessExit Unseen { get; } = new(-1, 0);

    /// <summary>Exit code 0.</summary>
    public bool Clean => Code == 0 && Signal == 0;

    /// <summary>As in "exit code 1" or "killed by signal 9 (SIGKILL)".</summary>
    public override string ToString() => this == Unseen ? "an exit code that only its parent knows" : Signal == 0 ? $"exit code {Code}" : $"killed by signal {Signal} ({SignalNames.Name(Signal)})";
}
