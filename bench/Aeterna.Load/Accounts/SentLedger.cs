using Aeterna.Load.Messages;
using Aeterna.Load.Pacing;

namespace Aeterna.Load.Accounts;

/// <summary>What one source has sent: numbers 1 to <see cref="SourceSent.Last"/>, less the withdrawn ones, and when.</summary>
internal sealed class SentLedger(string id, Protocol protocol, RunClock clock)
{
    private const int ChunkSize = 1 << 14;

    private readonly Lock _gate = new();
    private readonly List<int[]> _times = [];
    private readonly SortedSet<long> _unsent = [];
    private long _last;

    public string Id { get; } = id;

    public byte[] IdBytes { get; } = System.Text.Encoding.ASCII.GetBytes(id);

    public Protocol Protocol { get; } = protocol;

    /// <summary>Messages sent so far.</summary>
    public long Sent
    {
        get
        {
            lock (_gate)
            {
                return _last - _unsent.Count;
            }
        }
    }

    /// <summary>The number for the next message; it counts as sent unless it is withdrawn.</summary>
    public long Take()
    {
        lock (_gate)
        {
            var at = (int)(_last % ChunkSize);
            if (at == 0)
            {
                _times.Add(new int[ChunkSize]);
            }

            _times[^1][at] = (int)clock.Now.TotalMilliseconds;
            return ++_last;
        }
    }

    /// <summary>That message was not sent, or not to its last byte.</summary>
    public void Withdraw(long number)
    {
        lock (_gate)
        {
            _unsent.Add(number);
        }
    }

    /// <summary>When a message was sent, on the run's clock.</summary>
    public TimeSpan SentAt(long number)
    {
        lock (_gate)
        {
            return TimeSpan.FromMilliseconds(_times[(int)((number - 1) / ChunkSize)][(int)((number - 1) % ChunkSize)]);
        }
    }

    public SourceSent Snapshot()
    {
        lock (_gate)
        {
            return new SourceSent(Id, Protocol, _last, [.. _unsent]);
        }
    }
}

/// <summary>What one source sent: numbers 1 to <paramref name="Last"/> without <paramref name="Unsent"/>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Protocol">How it sends.</param>
/// <param name="Last">The highest number used.</param>
/// <param name="Unsent">Numbers that were used and not wholly sent; a cut connection's last message may have been sent in part.</param>
internal sealed record SourceSent(string Id, Protocol Protocol, long Last, IReadOnlyList<long> Unsent);
