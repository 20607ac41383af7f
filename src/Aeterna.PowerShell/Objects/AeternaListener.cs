using Aeterna.Contract;

namespace Aeterna.PowerShell;

/// <summary>One socket that the engine holds on behalf of all generations.</summary>
public sealed class AeternaListener
{
    internal AeternaListener(ListenerReport report, string name)
    {
        Name = name;
        Listener = report.Name;
        Address = report.Address;
        Handoff = report.Handoff;
        State = report.State;
        Generations = [.. report.Generations];
        Backlog = report.Backlog;
        ReceiveBuffer = report.ReceiveBufferBytes;
    }

    /// <summary>Name of the service.</summary>
    public string Name { get; }

    /// <summary>The listener's own name.</summary>
    public string Listener { get; }

    /// <summary>As in tcp://0.0.0.0:514.</summary>
    public string Address { get; }

    /// <summary>shared, inherit, steered or relay.</summary>
    public string Handoff { get; }

    /// <summary>bound, listening or released.</summary>
    public string State { get; }

    /// <summary>Numbers of the generations that have it.</summary>
    public IReadOnlyList<int> Generations { get; }

    /// <summary>Length of the accept queue; streams only.</summary>
    public int? Backlog { get; }

    /// <summary>Receive buffer in bytes; datagram sockets only.</summary>
    public long? ReceiveBuffer { get; }

    /// <inheritdoc/>
    public override string ToString() => Address;
}
