using Aeterna.Machine;

namespace Aeterna.Relay.Sessions;

/// <summary>Which generation a connection belongs to.</summary>
internal static class Share
{
    // 2^32 divided by the golden ratio: the multiples of it, modulo 2^32, fill the range more evenly than any random numbers would.
    private const uint GoldenStep = 2_654_435_769;

    /// <summary>
    /// The generation of the connection that was the <paramref name="ordinal"/>th. Any run of connections is shared out as the percentage
    /// says, to about one connection; and when the percentage changes only as many connections move as it changes by.
    /// </summary>
    public static int? GenerationOf(Route route, long ordinal) =>
        route.Candidate is { } candidate && (ulong)unchecked((uint)ordinal * GoldenStep) * 100 >> 32 < (ulong)Math.Clamp(route.Percent, 0, 100)
            ? candidate
            : route.Main;
}
