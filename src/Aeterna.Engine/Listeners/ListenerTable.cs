using System.Collections.Immutable;

using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine.Plans;
using Aeterna.Telemetry;

using Microsoft.Extensions.Logging;

namespace Aeterna.Listeners;

/// <summary>
/// All sockets that outlive generations, and who has which. Written to by the brokers' threads as they answer calls, so every
/// member takes the one lock. Under it are system calls on sockets alone, and an input's own lock at most: no path is looked at, and nobody
/// is waited for.
/// </summary>
internal sealed partial class ListenerTable(IEngineJournal journal, ILogger log, IInputMaker inputs) : IListenerTable, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<SocketKey, HeldSocket> _byKey = [];
    private readonly Dictionary<ulong, HeldSocket> _byInode = [];
    private volatile ImmutableHashSet<ulong> _inodes = []; // The keys of that.
    private readonly Dictionary<ulong, (HeldSocket Held, int Generation)> _private = []; // The private sockets of generations, by inode.
    private readonly List<HeldSocket> _removed = []; // Still to be closed, outside the lock.
    private volatile ImmutableHashSet<int> _running = []; // Generations that have bound something and are not forgotten.
    private volatile IReadOnlyList<ListenerPlan> _plans = [];

    /// <summary>What directs the traffic of those that have an input.</summary>
    public TrafficDirectory Traffic { get; } = new();

    /// <summary>Raised, outside the lock, after a generation has bound something or listens on it. The value is its number.</summary>
    public event Action<int>? Changed;

    /// <inheritdoc/>
    public IReadOnlyCollection<ListenerAddress> HeldBy(int generation)
    {
        lock (_gate)
        {
            return [.. _byKey.Values.Where(h => h.Serving.Contains(generation) && h.IsListener).Select(h => h.Key.Address).Distinct()];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<GivenSocket> GivenTo(int generation)
    {
        lock (_gate)
        {
            return [.. _byKey.Values.Where(h => h.Serving.Contains(generation)).Select(h => new GivenSocket(h.Key.Address, InodeOf(h, generation) ?? 0, Works(h)))];
        }
    }

    private static ulong? InodeOf(HeldSocket held, int generation) => held.Input is null ? held.Inode : held.Input.PrivateInode(generation);

    // A private socket is nobody else's to end.
    private static bool Works(HeldSocket held) =>
        !held.Key.Address.IsStream || held.Input is not null || Libc.GetOption(held.Fd.Number, Libc.SOL_SOCKET, Libc.SO_ACCEPTCONN) == 1;

    /// <inheritdoc/>
    public void Forget(int generation)
    {
        lock (_gate)
        {
            _running = _running.Remove(generation);
        }

        Traffic.Leave(generation);
        lock (_gate)
        {
            foreach (var held in _byKey.Values)
            {
                held.Owed |= generation == _askedFor && held.Serving.Contains(generation) && IsOfTheService(held);
                held.Bound.Remove(generation);
                held.Serving.Remove(generation);
                held.Settings?.Leave(generation, held.Bound);
                held.Memberships?.Forget(generation);
            }

            ForgetPrivate(p => p.Generation == generation);
            _mainProcesses.Remove(generation);
            _toldTooMany.Remove(generation);
            _retired.Remove(generation);
            DirectGroups();
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ListenerAddress> ReleaseUnused()
    {
        List<ListenerAddress> released = [];
        lock (_gate)
        {
            foreach (var held in _byKey.Values.Where(h => h is { Bound.Count: 0, Configured: false } && !IsKept(h)).ToList())
            {
                Miss(held);
                Remove(held);
                released.Add(held.Key.Address);
            }

            foreach (var held in _byKey.Values)
            {
                held.Memberships?.LeaveUnused();
            }
        }

        CloseRemoved();
        foreach (var address in released)
        {
            journal.Publish(new EventReport { Id = 0, Time = default, Type = EventType.Listener, Message = $"released {address}: no generation has it any more" });
        }

        return released;
    }

    /// <inheritdoc/>
    public IReadOnlyList<ListenerReport> Report()
    {
        List<(ListenerReport Report, ITrafficInput? Input)> held;
        lock (_gate)
        {
            held = [.. InOrder().Select(h => (Report(h), h.Input))];
        }

        // Outside the lock: the relays' threads are asked, and brokers must not wait for them.
        return [.. held.Select(h => h.Input is null ? h.Report : h.Report with { Traffic = TrafficTotals.Report(h.Input.Counts()) })];
    }

    private IEnumerable<HeldSocket> InOrder() =>
        _byKey.Values.OrderBy(h => h.Key.Address.ToString(), StringComparer.Ordinal).ThenBy(h => h.Key.Ordinal);

    private static ListenerReport Report(HeldSocket held) => new()
    {
        Name = held.Name,
        Address = held.Key.Address.ToString(),
        Handoff = HandoffWord(held.Handoff),
        State = held.Key.Address.IsStream && held.Backlog is not null ? "listening" : "bound",
        Generations = [.. held.Bound],
        Backlog = held.Backlog,
        Framing = held.Input?.Framing?.Kind.Word(),
        FramingReason = held.Input?.Framing?.Reason,
        ReceiveBufferBytes = held.Key.Address.IsStream ? null : Libc.GetOption(held.Fd.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUF),
    };

    /// <summary>Whether a socket is one of those held. Takes no lock: an input asks while it has its own, which is taken after the table's.</summary>
    public bool IsHeld(ulong inode) => _inodes.Contains(inode);

    /// <summary>Closes everything and removes the paths of unix sockets.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var held in _byKey.Values.ToList())
            {
                Remove(held);
            }
        }

        CloseRemoved();
        _looks?.Dispose();
    }

    /// <summary>The word of the configuration for a handoff.</summary>
    public static string HandoffWord(Handoff handoff) => handoff switch
    {
        Handoff.Shared => "shared",
        Handoff.Inherit => "inherit",
        Handoff.Steered => "steered",
        Handoff.Relay => "relay",
        _ => throw new InvalidOperationException($"no word for {handoff}"),
    };

    private void Add(HeldSocket held)
    {
        _byKey[held.Key] = held;
        if (held.Inode is { } inode)
        {
            _byInode[inode] = held;
            _inodes = _inodes.Add(inode);
        }
    }

    /// <summary>Takes a socket out, under the lock. Its owner calls <see cref="CloseRemoved"/> thereafter.</summary>
    private void Remove(HeldSocket held)
    {
        _ = _byKey.GetValueOrDefault(held.Key) == held && _byKey.Remove(held.Key);
        if (held.Inode is { } inode)
        {
            // Under its last name it may be held anew by now.
            if (_byInode.GetValueOrDefault(inode) == held && _byInode.Remove(inode))
            {
                _inodes = _inodes.Remove(inode);
            }
        }

        ForgetPrivate(p => p.Held == held);
        if (GroupOf(held) is { } group)
        {
            LeaveGroup(held, group);
        }
        else
        {
            _removed.Add(held);
        }
    }

    /// <summary>Closes what has been taken out: files are removed by it, and relays ended, which may take a while.</summary>
    private void CloseRemoved()
    {
        List<HeldSocket> removed;
        lock (_gate)
        {
            removed = [.. _removed];
            _removed.Clear();
        }

        foreach (var held in removed)
        {
            if (held.Input is { } input)
            {
                Traffic.Remove(input);
            }

            held.Dispose();
        }
    }

    private void ForgetPrivate(Func<(HeldSocket Held, int Generation), bool> which)
    {
        foreach (var inode in _private.Where(p => which(p.Value)).Select(p => p.Key).ToList())
        {
            _private.Remove(inode);
        }
    }

    /// <summary>The generation's side of the relayed listener whose private socket has this inode; null when there is none.</summary>
    public IRelaySide? FindSide(ulong inode)
    {
        lock (_gate)
        {
            return _private.TryGetValue(inode, out var owner) ? owner.Held.Input?.Side(owner.Generation) : null;
        }
    }

    private ListenerPlan? PlanFor(ListenerAddress address) => _plans.FirstOrDefault(p => p.Address == address);
}
