using Aeterna.Listeners;

namespace Aeterna.Relay;

/// <summary>
/// How many connections all relays together may have, so that a flood of them leaves enough descriptors for a reload. May be used from any thread.
/// </summary>
internal sealed class DescriptorBudget(int most)
{
    private int _used;

    /// <summary>Connections that there may be.</summary>
    public int Most { get; } = most;

    /// <summary>What the process's soft limit allows.</summary>
    public static DescriptorBudget FromLimit() => new(DescriptorShares.Connections(DescriptorShares.Limit));

    /// <summary>Takes one; false when there is none left.</summary>
    public bool TryTake()
    {
        if (Interlocked.Increment(ref _used) <= Most)
        {
            return true;
        }

        Interlocked.Decrement(ref _used);
        return false;
    }

    /// <summary>Gives one back.</summary>
    public void Give() => Interlocked.Decrement(ref _used);
}
