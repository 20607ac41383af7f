using Aeterna.Contract;

namespace Aeterna.Listeners.Traffic;

/// <summary>Adds up what inputs counted, and puts it into the words of the contract.</summary>
internal static class TrafficTotals
{
    /// <summary>All together.</summary>
    public static InputCounts Sum(IEnumerable<InputCounts> counts) => counts.Aggregate(InputCounts.None, (a, b) => new InputCounts(
        a.Connections + b.Connections,
        a.Accepted + b.Accepted,
        a.FramesIn + b.FramesIn,
        a.BytesIn + b.BytesIn,
        a.Moved + b.Moved,
        a.WaitingBytes + b.WaitingBytes,
        a.Lost + b.Lost,
        a.ToGeneration.Concat(b.ToGeneration).GroupBy(given => given.Key).ToDictionary(
            given => given.Key, given => given.Aggregate(default(GivenCounts), (sum, g) => sum + g.Value))));

    /// <summary>What was counted from one moment to another. What is open or waits is so at the second one.</summary>
    public static InputCounts Between(InputCounts first, InputCounts second) => new(
        second.Connections,
        second.Accepted - first.Accepted,
        second.FramesIn - first.FramesIn,
        second.BytesIn - first.BytesIn,
        second.Moved - first.Moved,
        second.WaitingBytes,
        second.Lost - first.Lost,
        second.ToGeneration
            .Select(given => (given.Key, Value: given.Value - first.ToGeneration.GetValueOrDefault(given.Key)))
            .Where(given => given.Value != default)
            .ToDictionary(given => given.Key, given => given.Value));

    /// <summary>All listeners together; null when none is directed.</summary>
    public static TrafficReport? Sum(IEnumerable<ListenerReport> listeners)
    {
        var directed = listeners.Select(listener => listener.Traffic).OfType<TrafficReport>().ToList();
        return directed.Count == 0 ? null : Report(Sum(directed.Select(Counts)));
    }

    /// <summary>As the control API has it.</summary>
    public static TrafficReport Report(InputCounts counts) => new()
    {
        Connections = counts.Connections,
        Accepted = counts.Accepted,
        FramesIn = counts.FramesIn,
        BytesIn = counts.BytesIn,
        Moved = counts.Moved,
        WaitingBytes = counts.WaitingBytes,
        Lost = counts.Lost,
        Given = [.. counts.ToGeneration.OrderBy(given => given.Key).Select(given => new GivenReport
        {
            Generation = given.Key,
            Frames = given.Value.Frames,
            Bytes = given.Value.Bytes,
        })],
    };

    private static InputCounts Counts(TrafficReport report) => new(
        report.Connections, report.Accepted, report.FramesIn, report.BytesIn, report.Moved, report.WaitingBytes, report.Lost,
        report.Given.ToDictionary(given => given.Generation, given => new GivenCounts(given.Frames, given.Bytes)));
}
