using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Aeterna.Contract;

namespace Aeterna.Telemetry;

/// <summary>
/// Numbers the events and hands them to whoever follows. A publisher only ever writes into bounded queues: a follower that
/// does not keep up loses its oldest events and holds nobody up.
/// </summary>
internal sealed class EventHub(TimeProvider time)
{
    /// <summary>Events kept for those who come later.</summary>
    public const int Remembered = 1000;

    /// <summary>Events kept for a follower that does not keep up.</summary>
    public const int Waiting = 1024;

    /// <summary>As <c>afterId</c>: nothing of what was, only what comes.</summary>
    public const long LiveOnly = long.MaxValue;

    private readonly Lock _gate = new();
    private readonly Queue<EventReport> _remembered = new(Remembered);
    private readonly HashSet<Channel<EventReport>> _followers = [];
    private long _lastId;
    private bool _closed;

    /// <summary>The number of the last event.</summary>
    public long LastId
    {
        get
        {
            lock (_gate)
            {
                return _lastId;
            }
        }
    }

    /// <summary>Numbers on from where a predecessor of this engine was.</summary>
    public void NumberOn(long lastId)
    {
        lock (_gate)
        {
            _lastId = Math.Max(_lastId, lastId);
        }
    }

    /// <summary>Stamps an event with its number and time, remembers it, and hands it on.</summary>
    public EventReport Publish(EventReport report)
    {
        lock (_gate)
        {
            var stamped = report with { Id = ++_lastId, Time = time.GetUtcNow() };
            if (_remembered.Count == Remembered)
            {
                _remembered.Dequeue();
            }

            _remembered.Enqueue(stamped);
            foreach (var follower in _followers)
            {
                follower.Writer.TryWrite(stamped);
            }

            return stamped;
        }
    }

    /// <summary>Lets every follower read what it has waiting and then end.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            foreach (var follower in _followers)
            {
                follower.Writer.TryComplete();
            }
        }
    }

    /// <summary>
    /// Events after <paramref name="afterId"/>. A number that was not given out yet is from an earlier run of the engine: then all
    /// that is remembered comes.
    /// </summary>
    public async IAsyncEnumerable<EventReport> Follow(long afterId, [EnumeratorCancellation] CancellationToken cancel)
    {
        var channel = Channel.CreateBounded<EventReport>(
            new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        List<EventReport> missed;
        lock (_gate)
        {
            var from = afterId != LiveOnly && afterId > _lastId ? 0 : afterId;
            missed = [.. _remembered.Where(report => report.Id > from)];
            _followers.Add(channel);
            if (_closed)
            {
                channel.Writer.TryComplete();
            }
        }

        try
        {
            foreach (var report in missed)
            {
                yield return report;
            }

            await foreach (var report in channel.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
            {
                yield return report;
            }
        }
        finally
        {
            lock (_gate)
            {
                _followers.Remove(channel);
            }
        }
    }
}
