using Aeterna.Contract;

namespace Aeterna.PowerShell;

/// <summary>A signal, and what became of it at one generation.</summary>
public sealed class AeternaSignal
{
    internal AeternaSignal(string service, string signal, SignalledReport report) =>
        (Name, Signal, Generation, Pid, Outcome) = (service, signal, report.Generation, report.Pid, report.Outcome);

    /// <summary>The service.</summary>
    public string Name { get; }

    /// <summary>The signal's name.</summary>
    public string Signal { get; }

    /// <summary>The generation's number.</summary>
    public int Generation { get; }

    /// <summary>Its main process.</summary>
    public int Pid { get; }

    /// <summary>sent; waits, until it is let go; or not_sent, since it has no handler for it.</summary>
    public string Outcome { get; }
}
