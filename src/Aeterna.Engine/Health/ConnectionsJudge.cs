using System.Globalization;
using Aeterna.Listeners.Traffic;

namespace Aeterna.Health;

/// <summary>Decides whether a candidate turns its clients away. Pure.</summary>
internal static class ConnectionsJudge
{
    /// <summary>So many new connections have to be known of each generation: of fewer nothing can be said.</summary>
    public const int Fewest = 3;

    /// <summary>So many that were turned away are enough, however many have not been accepted yet.</summary>
    public const int Many = 10;

    /// <summary>
    /// Those that were moved are clients that the generation before had kept: one that no longer wants half of them is bad. Among new ones are always some that are refused for good
    /// reasons: there it is compared with the generation before.
    /// </summary>
    /// <returns>What is wrong; null: nothing.</returns>
    public static string? Fault(ConnectionCounts candidate, ConnectionCounts active)
    {
        var all = candidate.Moved + candidate.Waiting;
        if (candidate.MovedAway > 0 && candidate.MovedAway * 2 >= candidate.Moved && (candidate.MovedAway >= Many || candidate.MovedAway * 2 >= all))
        {
            return string.Create(CultureInfo.InvariantCulture, $"it has closed {candidate.MovedAway} of the {candidate.Moved} connections that the one before had open");
        }

        return candidate.New >= Fewest && active.New >= Fewest && candidate.NewAway * 2 >= candidate.New && Share(candidate) > 2 * Share(active)
            ? string.Create(CultureInfo.InvariantCulture, $"it has closed {candidate.NewAway} of {candidate.New} new connections at once; the one before had done that to {active.NewAway} of {active.New}")
            : null;
    }

    private static double Share(ConnectionCounts counts) => (double)counts.NewAway / counts.New;
}
