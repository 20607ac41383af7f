using Aeterna.Contract;

namespace Aeterna.Telemetry;

/// <summary>What holds for records that were read from files, whoever reads them.</summary>
internal static class StoredRecords
{
    // Above it a number in a file is nobody's count.
    private const long LargestNumber = 1L << 52;

    /// <summary>A record that nobody writes on: one without a verdict was under way when its engine ended.</summary>
    public static ReloadRecord Settled(ReloadRecord read)
    {
        var record = read.Number is >= 0 and <= LargestNumber ? read : read with { Number = 0 };
        return record.Verdict is not null
            ? record
            : record with { Verdict = Verdict.Failed, Message = record.Message ?? "the engine ended before this attempt did" };
    }

    /// <summary>In the order of their numbers; those without one are of an engine of before, and in the order of their ids.</summary>
    public static IEnumerable<ReloadRecord> NewestFirst(IEnumerable<ReloadRecord> records) =>
        records.OrderByDescending(record => record.Number).ThenByDescending(record => record.Id, StringComparer.Ordinal);
}
