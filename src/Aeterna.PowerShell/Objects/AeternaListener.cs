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
        Framing = report.Framing;
        FramingReason = report.FramingReason;
        State = report.State;
        Generations = new TextList<int>(report.Generations);
        Backlog = report.Backlog;
        ReceiveBuffer = report.ReceiveBufferBytes;
        Connections = report.Traffic?.Connections;
        FramesIn = report.Traffic?.FramesIn;
        BytesIn = report.Traffic?.BytesIn;
        WaitingBytes = report.Traffic?.WaitingBytes;
        Lost = report.Traffic?.Lost;
    }

    /// <summary>Name of the service.</summary>
    public string Name { get; }

    /// <summary>The listener's own name.</summary>
    public string Listener { get; }

    /// <summary>As in tcp://0.0.0.0:514.</summary>
    public string Address { get; }

    /// <summary>shared, inherit, steered or relay.</summary>
    public string Handoff { get; }

    /// <summary>How its streams are cut into messages, in the configuration's words; absent where they are not cut, or the kernel carries them.</summary>
    public string? Framing { get; }

    /// <summary>Why they are cut so, or not.</summary>
    public string? FramingReason { get; }

    /// <summary>bound, listening or released.</summary>
    public string State { get; }

    /// <summary>Numbers of the generations that have it.</summary>
    public IReadOnlyList<int> Generations { get; }

    /// <summary>Length of the accept queue; streams only.</summary>
    public int? Backlog { get; }

    /// <summary>Receive buffer in bytes; datagram sockets only.</summary>
    public long? ReceiveBuffer { get; }

    /// <summary>The same, as the table calls it.</summary>
    public long? Buffer => ReceiveBuffer;

    /// <summary>Open client connections; absent where the kernel gives the generations their clients.</summary>
    public long? Connections { get; }

    /// <summary>Frames and datagrams that came in through the engine so far; absent where none do.</summary>
    public long? FramesIn { get; }

    /// <summary>Their bytes.</summary>
    public long? BytesIn { get; }

    /// <summary>Bytes that wait in the engine at this moment.</summary>
    public long? WaitingBytes { get; }

    /// <summary>Frames and datagrams that the engine had to drop; the log says why.</summary>
    public long? Lost { get; }

    /// <inheritdoc/>
    public override string ToString() => Address;
}
