namespace Aeterna.Broker;

/// <summary>
/// Chooses the descriptor numbers under which one process gets relayed connections, so that close(2) need be trapped for these only and so
/// that they do not meet the program's own, which the kernel gives out from the bottom up: first those that select(2) can still watch, from
/// the top down, then the ones above, from the bottom up (the table of a process grows with its highest number). For any thread.
/// </summary>
/// <param name="lowest">No number is below this.</param>
/// <param name="limit">The process's limit of open descriptors: all numbers are below this.</param>
/// <param name="limitNow">Asks for it anew when there is no number left: a process may have raised it. Null: it stays.</param>
internal sealed class LegNumbers(int lowest, int limit, Func<int>? limitNow = null)
{
    /// <summary>FD_SETSIZE (sys/select.h).</summary>
    private const int SelectLimit = 1024;

    private readonly Lock _gate = new();
    private readonly PriorityQueue<int, int> _free = new();
    private int _nextLow = Math.Min(limit, SelectLimit) - 1;
    private int _nextHigh = Math.Max(lowest, SelectLimit);
    private int _usedBelow;
    private int _limit = limit;

    /// <summary>The next number; null when there is none left.</summary>
    /// <param name="isTaken">Whether the process has a descriptor of that number of its own.</param>
    public int? Take(Func<int, bool> isTaken)
    {
        lock (_gate)
        {
            while (true)
            {
                int number;
                if (_free.TryDequeue(out var freed, out _))
                {
                    number = freed;
                }
                else if (_nextLow >= Math.Max(lowest, _usedBelow))
                {
                    number = _nextLow--;
                }
                else if (_nextHigh < _limit)
                {
                    number = _nextHigh++;
                }
                else if (Raise())
                {
                    continue;
                }
                else
                {
                    return null;
                }

                if (!isTaken(number))
                {
                    return number;
                }
            }
        }
    }

    private bool Raise()
    {
        var before = _limit;
        _limit = Math.Max(before, limitNow?.Invoke() ?? before);
        (_usedBelow, _nextLow) = (Math.Min(before, SelectLimit), Math.Min(_limit, SelectLimit) - 1);
        return _limit > before;
    }

    /// <summary>A number is free again.</summary>
    public void Free(int number)
    {
        lock (_gate)
        {
            _free.Enqueue(number, number < SelectLimit ? -number : number);
        }
    }
}
