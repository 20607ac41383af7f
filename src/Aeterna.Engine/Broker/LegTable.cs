using Aeterna.Linux;
using Aeterna.Listeners.Traffic;

namespace Aeterna.Broker;

/// <summary>
/// The relayed connections that one generation's processes have, by descriptor and process. For any thread. A program that hands a
/// connection to another of its processes keeps it here under the one that accepted it.
/// </summary>
/// <param name="lowest">The lowest number that a connection may get.</param>
/// <param name="mainProcess">The generation's main process at its start: what that leaves behind at its death is for the orchestrator to decide.</param>
/// <param name="onWatched">Told when <see cref="Watched"/> has one more.</param>
internal sealed class LegTable(int lowest, int mainProcess, Action onWatched) : IDisposable
{
    /// <summary>For a process whose limit cannot be seen: Linux's own default.</summary>
    private const ulong UsualLimit = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, List<Entry>> _legs = [];
    private readonly Dictionary<int, Owner> _owners = [];
    private int _main = mainProcess;

    /// <summary>Processes other than the main one that have connections: their end closes these. For the broker to poll.</summary>
    public IReadOnlyList<FileDescriptor> Watched
    {
        get
        {
            lock (_gate)
            {
                return [.. _owners.Where(o => o.Key != _main).Select(o => o.Value.Process).OfType<FileDescriptor>()];
            }
        }
    }

    /// <summary>Whether any process has a connection under a number, or is about to get one.</summary>
    public bool HasAny(int number)
    {
        lock (_gate)
        {
            return _legs.ContainsKey(number);
        }
    }

    /// <summary>The connection that a process has under a number; null when it is none of ours.</summary>
    public IRelayLeg? Find(int process, int number) => FindEntry(process, number)?.Leg;

    /// <summary>A number for the next connection of a process; null when it has no more.</summary>
    public int? Reserve(int process) => Numbers(process).Take(number => ProcFs.HasDescriptor(process, number));

    /// <summary>They as plain data.</summary>
    public IReadOnlyList<GivenLegState> State()
    {
        lock (_gate)
        {
            return [.. _legs.Values.SelectMany(entries => entries).Select(entry => new GivenLegState(entry.Process, entry.Number, entry.Leg.OwnEnd))];
        }
    }

    /// <summary>Knows a connection that a process has got from a predecessor.</summary>
    public void Take(int process, int number, IRelayLeg leg)
    {
        _ = Numbers(process);
        Give(process, number, leg, () => true);
    }

    /// <summary>Another process is the main one now: the end of the one before closes its connections.</summary>
    public void MoveMain(int process)
    {
        lock (_gate)
        {
            _main = process;
        }

        onWatched();
    }

    /// <summary>A reserved number was not used.</summary>
    public void Free(int process, int number) => OwnerOf(process)?.Numbers.Free(number);

    /// <summary>
    /// Gives a process a connection under a reserved number. From the moment on that the process has it, it can close it on another thread:
    /// so it is in the table before, and whoever closes it waits until it is given.
    /// </summary>
    /// <param name="process">The process.</param>
    /// <param name="number">The number.</param>
    /// <param name="leg">The connection.</param>
    /// <param name="give">Gives it; false when it cannot be given. The connection is then not in the table.</param>
    public bool Give(int process, int number, IRelayLeg leg, Func<bool> give)
    {
        var entry = new Entry(process, number, leg);
        lock (entry)
        {
            lock (_gate)
            {
                if (!_legs.TryGetValue(number, out var entries))
                {
                    _legs[number] = entries = [];
                }

                entries.Add(entry);
            }

            try
            {
                return entry.IsGiven = give();
            }
            finally
            {
                if (!entry.IsGiven)
                {
                    Remove(entry);
                }
            }
        }
    }

    /// <summary>A process is about to close these numbers.</summary>
    public void Close(int process, uint first, uint last)
    {
        List<Entry> closed;
        lock (_gate)
        {
            closed = first == last
                ? [.. (_legs.GetValueOrDefault((int)first) ?? []).Where(e => e.Process == process)]
                : [.. _legs.Where(l => l.Key >= first && l.Key <= last).SelectMany(l => l.Value).Where(e => e.Process == process)];
        }

        foreach (var entry in closed)
        {
            lock (entry)
            {
                if (!entry.IsGiven || !Remove(entry))
                {
                    continue;
                }
            }

            entry.Leg.Closing(process);
            Free(process, entry.Number);
        }
    }

    /// <summary>Closes what ended processes had.</summary>
    public void CloseOfEnded()
    {
        List<int> candidates;
        lock (_gate)
        {
            candidates = [.. _owners.Where(o => o.Key != _main && o.Value.Process is not null).Select(o => o.Key)];
        }

        foreach (var process in candidates.Where(p => !ProcFs.Runs(p)))
        {
            Close(process, 0, int.MaxValue);
            lock (_gate)
            {
                if (_owners.Remove(process, out var owner))
                {
                    owner.Process!.Dispose();
                }
            }
        }
    }

    /// <summary>Forgets everything; the relay closes what it has of the generation.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var owner in _owners.Values)
            {
                owner.Process?.Dispose();
            }
        }
    }

    private LegNumbers Numbers(int process)
    {
        LegNumbers numbers;
        var isNew = false;
        lock (_gate)
        {
            if (!_owners.TryGetValue(process, out var owner))
            {
                owner = new Owner(new LegNumbers(lowest, LimitOf(process), () => LimitOf(process)), PidFd.TryOpen(process));
                _owners[process] = owner;
                isNew = owner.Process is not null;
            }

            numbers = owner.Numbers;
        }

        if (isNew)
        {
            onWatched();
        }

        return numbers;
    }

    private static int LimitOf(int process) => (int)Math.Min(ProcFs.OpenFileLimit(process) ?? UsualLimit, TrapFilter.HighestLeg + 1);

    private Owner? OwnerOf(int process)
    {
        lock (_gate)
        {
            return _owners.GetValueOrDefault(process);
        }
    }

    private Entry? FindEntry(int process, int number)
    {
        lock (_gate)
        {
            return _legs.GetValueOrDefault(number)?.Find(e => e.Process == process);
        }
    }

    private bool Remove(Entry entry)
    {
        lock (_gate)
        {
            if (!_legs.TryGetValue(entry.Number, out var entries) || !entries.Remove(entry))
            {
                return false;
            }

            if (entries.Count == 0)
            {
                _legs.Remove(entry.Number);
            }

            return true;
        }
    }

    private sealed record Owner(LegNumbers Numbers, FileDescriptor? Process);

    /// <summary>One connection; its own lock is held while it is given. It is taken before the table's.</summary>
    private sealed class Entry(int process, int number, IRelayLeg leg)
    {
        public int Process { get; } = process;

        public int Number { get; } = number;

        public IRelayLeg Leg { get; } = leg;

        public bool IsGiven { get; set; }
    }
}
