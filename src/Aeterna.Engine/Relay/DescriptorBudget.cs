using Aeterna.Linux;

namespace Aeterna.Relay;

/// <summary>
/// How many connections all relays together may have, so that a flood of them leaves enough descriptors for a reload: each takes three, and
/// two more while there are two generations. May be used from any thread.
/// </summary>
internal sealed class DescriptorBudget(int most)
{
    private const int EachTakes = 5;

    // For everything else that the engine has open.
    private const ulong Reserve = 256;

    private int _used;

    /// <summary>Connections that there may be.</summary>
    public int Most { get; } = most;

    /// <summary>What the process's soft limit allows.</summary>
    public static DescriptorBudget FromLimit()
    {
        var (soft, _) = ResourceLimit.Get(0, ResourceLimit.NoFile);
        return new DescriptorBudget((int)Math.Clamp((soft - Math.Min(soft, Reserve)) / EachTakes, 16, int.MaxValue));
    }

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
