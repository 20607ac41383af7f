using Aeterna.Machine.Plans;

namespace Aeterna.Machine;

/// <summary>How traffic goes from one generation to the next.</summary>
/// <param name="Traffic">Split, exclusive or sequential; never auto.</param>
/// <param name="Reason">Why, for the status and the record.</param>
/// <param name="Directed">The engine directs the inputs; false: they are shared, and the kernel alone chooses.</param>
internal sealed record TrafficChoice(Traffic Traffic, string Reason, bool Directed = true)
{
    public static TrafficChoice Default { get; } = new(Traffic.Split, "nothing speaks against it", Directed: false);

    /// <summary>The word of the configuration.</summary>
    public string Word => Traffic.ToString().ToLowerInvariant();
}
