namespace Aeterna.Relay.Sides;

/// <summary>What one generation was given by one loop and what was not taken back. Only for the loop's thread.</summary>
internal sealed class GivenCounter
{
    public long Frames { get; set; }

    public long Bytes { get; set; }
}
