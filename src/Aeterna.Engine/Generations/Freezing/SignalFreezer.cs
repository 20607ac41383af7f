using System.Diagnostics;

using Aeterna.Linux;

namespace Aeterna.Generations.Freezing;

/// <summary>By SIGSTOP and SIGCONT, where the generation has no control group.</summary>
/// <param name="pids">Ids of the generation's processes.</param>
internal sealed class SignalFreezer(Func<IReadOnlyList<int>> pids) : IFreezer
{
    private readonly Lock _gate = new();
    private readonly HashSet<int> _stopped = [];

    public bool IsFrozen { get; private set; }

    public bool Freeze(CancellationToken cancel)
    {
        lock (_gate)
        {
            if (IsFrozen)
            {
                return true;
            }

            IsFrozen = Stop(cancel);
            if (!IsFrozen)
            {
                Continue();
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
                Continue();
            }
        }
    }

    /// <summary>SIGSTOP takes its time, and a process may start another before it takes effect: until a whole round has found all stopped and none new.</summary>
    private bool Stop(CancellationToken cancel)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var alive = pids().Where(pid => ProcFs.Stat(pid) is { State: not 'Z' }).ToList();
            if (alive.Count == 0)
            {
                return false;
            }

            var fresh = alive.Where(_stopped.Add).ToList();
            fresh.ForEach(pid => _ = LibC.kill(pid, Signals.SIGSTOP)); // ESRCH: it has just ended.
            if (fresh.Count == 0 && alive.TrueForAll(pid => Stillness.Holds(pid, state => state is 'T' or 't')))
            {
                return true;
            }

            if (Stopwatch.GetElapsedTime(began) > Stillness.Limit || cancel.IsCancellationRequested)
            {
                return false;
            }

            Pause.For(Stillness.Interval);
        }
    }

    private void Continue()
    {
        foreach (var pid in pids().Where(_stopped.Contains))
        {
            _ = LibC.kill(pid, Signals.SIGCONT); // ESRCH: it has just ended.
        }

        _stopped.Clear();
    }
}
