using Aeterna.Contract;

namespace Aeterna.Telemetry;

/// <summary>Takes what happens: to those who listen, and to the disk. Never throws; a full disk costs the record, not the service.</summary>
internal interface IEngineJournal
{
    /// <summary>Publishes an event; its <see cref="EventReport.Id"/> and <see cref="EventReport.Time"/> are set here.</summary>
    void Publish(EventReport report);

    /// <summary>The number of the next record, above those of all before. Each call gives another.</summary>
    long NextNumber();

    /// <summary>Writes a record (a new one, or the newer state of one) to the history.</summary>
    void Save(ReloadRecord record);

    /// <summary>Records, newest first.</summary>
    IReadOnlyList<ReloadRecord> Records();

    /// <summary>One record, or null.</summary>
    ReloadRecord? Find(string id);

    /// <summary>Events after <paramref name="afterId"/> that are still remembered, then live ones, until cancelled. A reader that falls far behind misses some.</summary>
    IAsyncEnumerable<EventReport> Follow(long afterId, CancellationToken cancel);
}
