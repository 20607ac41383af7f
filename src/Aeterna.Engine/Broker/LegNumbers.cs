namespace Aeterna.Broker;

/// <summary>
/// Chooses the descriptor numbers under which one process gets relayed connections: from the top down, so that they do not meet the
/// program's own, which the kernel gives out from the bottom up, and so that close(2) need be trapped for high numbers only.
/// </summary>
/// <param name="lowest">No number is below this.</param>
/// <param name="limit">The process's limit of open descriptors: all numbers are below this.</param>
internal sealed class LegNumbers(int lowest, int limit)
{
    private readonly PriorityQueue<int, int> _free = new();
    private int _next = limit - 1;

    /// <summary>The next number; null when there is none left.</summary>
    /// <param name="isTaken">Whether the process has a descriptor of that number of its own.</param>
    public int? Take(Func<int, bool> isTaken)
    {
        while (true)
        {
            int number;
            if (_free.TryDequeue(out var freed, out _))
            {
                number = freed;
            }
            else if (_next >= lowest)
            {
                number = _next--;
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

    /// <summary>A number is free again.</summary>
    public void Free(int number) => _free.Enqueue(number, -number);
}
