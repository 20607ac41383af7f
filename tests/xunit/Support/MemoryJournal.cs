using Aeterna.Contract;
using Aeterna.Telemetry;

namespace Aeterna.Tests.Support;

/// <summary>Keeps everything, and lets a test wait for it.</summary>
internal sealed class MemoryJournal : IEngineJournal
{
    private readonly Lock _lock = new();
    private long _number;
    private readonly List<EventReport> _events = [];
    private readonly List<ReloadRecord> _saves = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Every save in order.</summary>
    public IReadOnlyList<ReloadRecord> Saves
    {
        get
        {
            lock (_lock)
            {
                return [.. _saves];
            }
        }
    }

    public IReadOnlyList<EventReport> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    public void Publish(EventReport report)
    {
        TaskCompletionSource more;
        lock (_lock)
        {
            _events.Add(report with { Id = _events.Count + 1 });
            (more, _more) = (_more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        more.SetResult();
    }

    /// <summary>The first event that fits, past or to come.</summary>
    public async Task<EventReport> Wait(Func<EventReport, bool> fits)
    {
        while (true)
        {
            Task more;
            lock (_lock)
            {
                if (_events.Find(report => fits(report)) is { } found)
                {
                    return found;
                }

                more = _more.Task;
            }

            await more.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    public long NextNumber() => Interlocked.Increment(ref _number);

    public void Save(ReloadRecord record)
    {
        lock (_lock)
        {
            _saves.Add(record);
        }
    }

    public IReadOnlyList<ReloadRecord> Records() =>
        [.. Saves.GroupBy(record => record.Id).Select(versions => versions.Last()).Reverse()];

    public ReloadRecord? Find(string id) => Saves.LastOrDefault(record => record.Id == id);

    public IAsyncEnumerable<EventReport> Follow(long afterId, CancellationToken cancel) => throw new NotSupportedException();
}
