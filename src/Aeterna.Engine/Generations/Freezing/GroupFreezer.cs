using System.Diagnostics;

using Aeterna.Linux;

namespace Aeterna.Generations.Freezing;

/// <summary>By the freezer of the generation's control group: in less than a millisecond, whatever the processes do.</summary>
internal sealed class GroupFreezer(Cgroup group) : IFreezer
{
    private static readonly TimeSpan _usual = TimeSpan.FromMilliseconds(2);

    private readonly Lock _gate = new();

    public bool IsFrozen { get; private set; }

    public bool Freeze(CancellationToken cancel)
    {
        lock (_gate)
        {
            if (IsFrozen)
            {
                return true;
            }

            if (!group.TryFreeze(true))
            {
                return false;
            }

            IsFrozen = Await(cancel);
            if (!IsFrozen)
            {
                group.TryFreeze(false);
            }

            return IsFrozen;
        }
    }

    public void Thaw()
    {
        lock (_gate)
        {
            if (IsFrozen)
            {
                IsFrozen = false;
                group.TryFreeze(false);
            }
        }
    }

    // The kernel tells of a change at most every 10 ms, and this takes one: so it is looked at.
    private bool Await(CancellationToken cancel)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var (populated, frozen) = group.Freezing();
            if (!populated || frozen)
            {
                return populated;
            }

            var waited = Stopwatch.GetElapsedTime(began);
            if (waited > _usual && group.Processes().All(pid => Stillness.Holds(pid, IsTrapped)))
            {
                return true;
            }

            if (waited > Stillness.Limit || cancel.IsCancellationRequested)
            {
                return false;
            }

            Pause.For(Stillness.Interval);
        }
    }

    // The request wakes every thread that sleeps; one that sleeps afterwards sleeps in the freezer.
    private static bool IsTrapped(char state) => state == 'S';
}
