using Aeterna.Contract;
using Microsoft.Extensions.Logging;

namespace Aeterna.Telemetry;

/// <summary>Brings what happens to the followers, the log, the counters and the history.</summary>
internal sealed class EngineJournal(
    HistoryStore history, EngineInstruments instruments, TimeProvider time, ILogger<EngineJournal> log) : IEngineJournal, IAsyncDisposable
{
    private readonly EventHub _hub = new(time);

    /// <inheritdoc/>
    public void Publish(EventReport report)
    {
        var stamped = _hub.Publish(report);
        var level = JournalLog.LevelOf(stamped);
        JournalLog.Event(log, level, stamped.Message);
        if (stamped is { Type: EventType.Finished, Record: { } record })
        {
            instruments.AttemptFinished(record);
        }
    }

    /// <summary>The number of the last event.</summary>
    public long LastEvent => _hub.LastId;

    /// <summary>Numbers events on from where a predecessor of this engine was.</summary>
    public void NumberOn(long lastEvent) => _hub.NumberOn(lastEvent);

    /// <summary>Knows a predecessor's newest records: the disk may not have taken them.</summary>
    public void Know(IEnumerable<ReloadRecord> records)
    {
        foreach (var record in records.Where(record => history.Find(record.Id) is null))
        {
            history.Know(record);
        }
    }

    /// <inheritdoc/>
    public long NextNumber() => history.NextNumber();

    /// <inheritdoc/>
    public void Save(ReloadRecord record) => history.Save(record);

    /// <inheritdoc/>
    public IReadOnlyList<ReloadRecord> Records() => history.Records();

    /// <inheritdoc/>
    public ReloadRecord? Find(string id) => history.Find(id);

    /// <inheritdoc/>
    public IAsyncEnumerable<EventReport> Follow(long afterId, CancellationToken cancel) => _hub.Follow(afterId, cancel);

    /// <summary>Lets the followers read to the end; called when nothing more will happen.</summary>
    public void Close() => _hub.Close();

    /// <summary>Closes the event streams and waits until the history is on disk.</summary>
    public async ValueTask DisposeAsync()
    {
        Close();
        await history.DisposeAsync().ConfigureAwait(false);
    }
}
