using Aeterna.Listeners.Traffic;

namespace Aeterna.Relay.Sides;

/// <summary>What one generation was given by one loop and what was not taken back, and the connections that it got there. Only for the loop's thread.</summary>
internal sealed class GivenCounter
{
    public long Frames { get; set; }

    public long Bytes { get; set; }

    /// <summary>The connections that it got, and those that it has turned away.</summary>
    public ConnectionCounts Connections { get; set; }
}
