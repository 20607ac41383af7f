using System.Threading.Channels;
using Aeterna.Contract;
using Microsoft.Extensions.Logging;

namespace Aeterna.Telemetry;

/// <summary>
/// The records of all attempts, newest first: in memory, and on disk as far as the disk plays along. Writing happens on a task
/// of its own, so that a slow disk never holds a reload up. Which record is newer is a matter of their numbers alone: the clock that
/// ids and times come from may have been set back.
/// </summary>
internal sealed class HistoryStore : IAsyncDisposable
{
    private static readonly TimeSpan _lastWrites = TimeSpan.FromSeconds(3);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ReloadRecord> _records = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReloadRecord?> _toWrite = new(StringComparer.Ordinal);
    private readonly Channel<bool> _work = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly HistoryFiles _files;
    private readonly int _keep;
    private readonly EngineNotices _notices;
    private readonly ILogger _log;
    private readonly Task _writer;
    private long _lastNumber;
    private bool _inTrouble;

    /// <param name="directory">The history directory; made when the first record is written.</param>
    /// <param name="keep">Number of records kept.</param>
    /// <param name="notices">Learns when the disk fails.</param>
    /// <param name="log">Likewise.</param>
    public HistoryStore(string directory, int keep, EngineNotices notices, ILogger<HistoryStore> log)
    {
        _files = new HistoryFiles(directory);
        _keep = Math.Max(1, keep);
        _notices = notices;
        _log = log;
        Load();
        _writer = Task.Run(WriteAsTheyCome);
    }

    /// <summary>The number of the next record, above those of all that were ever seen here.</summary>
    public long NextNumber() => Interlocked.Increment(ref _lastNumber);

    /// <summary>Takes a record, or the newer state of one.</summary>
    public void Save(ReloadRecord record)
    {
        lock (_gate)
        {
            _records[record.Id] = record;
            _toWrite[record.Id] = record;
            Trim();
        }

        _work.Writer.TryWrite(true);
    }

    /// <summary>Takes a record over that a predecessor of this engine had in memory.</summary>
    public void Know(ReloadRecord record)
    {
        _lastNumber = Math.Max(_lastNumber, record.Number);
        Save(record);
    }

    /// <summary>All records, newest first.</summary>
    public IReadOnlyList<ReloadRecord> Records()
    {
        lock (_gate)
        {
            return [.. StoredRecords.NewestFirst(_records.Values)];
        }
    }

    /// <summary>One record, or null.</summary>
    public ReloadRecord? Find(string id)
    {
        lock (_gate)
        {
            return _records.GetValueOrDefault(id);
        }
    }

    /// <summary>Writes what is left, for a few seconds at most.</summary>
    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        try
        {
            await _writer.WaitAsync(_lastWrites).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Trouble($"the disk did not take the last records within {_lastWrites.TotalSeconds:0}s");
        }
    }

    private void Load()
    {
        try
        {
            var (records, broken) = _files.Load();
            foreach (var record in records.Select(StoredRecords.Settled))
            {
                _lastNumber = Math.Max(_lastNumber, record.Number);
                _records[record.Id] = record;
            }

            if (broken.Count > 0)
            {
                JournalLog.HistoryTrouble(_log, $"cannot read {broken.Count} of the files in {_files.Directory} as records, the first of them "
                    + $"{broken[0]} (they are left as they are)");
            }

            Trim();
            _work.Writer.TryWrite(true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Trouble($"cannot read the history in {_files.Directory}: {e.Message} (records of before are missing)");
        }
    }

    private void Trim()
    {
        if (_records.Count <= _keep)
        {
            return;
        }

        foreach (var old in StoredRecords.NewestFirst(_records.Values).Skip(_keep).ToList())
        {
            _records.Remove(old.Id);
            _toWrite[old.Id] = null;
        }
    }

    private async Task WriteAsTheyCome()
    {
        await foreach (var _ in _work.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            WriteAll();
        }

        WriteAll();
    }

    private void WriteAll()
    {
        List<KeyValuePair<string, ReloadRecord?>> batch;
        lock (_gate)
        {
            batch = [.. _toWrite];
            _toWrite.Clear();
        }

        foreach (var (id, record) in batch)
        {
            Write(id, record);
        }
    }

    private void Write(string id, ReloadRecord? record)
    {
        try
        {
            if (!HistoryFiles.CanName(id))
            {
                return;
            }

            if (record is null)
            {
                _files.Delete(id);
                return;
            }

            _files.Write(record);
            if (_inTrouble)
            {
                _inTrouble = false;
                _notices.Clear("history");
                JournalLog.HistoryWell(_log, _files.Directory);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Trouble($"cannot write the history in {_files.Directory}: {e.Message} (records stay in memory and are tried again with the next one)");
            lock (_gate)
            {
                _toWrite.TryAdd(id, record);
            }
        }
    }

    private void Trouble(string what)
    {
        _notices.Set("history", what);
        if (!_inTrouble)
        {
            _inTrouble = true;
            JournalLog.HistoryTrouble(_log, what);
        }
    }
}
