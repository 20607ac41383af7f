using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Listeners.Steering;
using Aeterna.Machine.Plans;

namespace Aeterna.Listeners;

/// <content>What the broker asks when a generation calls bind(2) or listen(2).</content>
/// <remarks>
/// A bind may take as long as a file system likes, and an input may have to move what waits. So the table's lock is held before it and after it, and
/// between them only those wait who bind the same address, or work on a path.
/// </remarks>
internal sealed partial class ListenerTable
{
    /// <summary>More than net.core.somaxconn allows on any system: the kernel takes its own limit.</summary>
    private const int LongestBacklog = 65_535;

    // Different paths may lead to one place, so that all of them are one key.
    private const ListenerAddress? AnyPath = null;

    private readonly Turns<ListenerAddress?> _turns = new();

    /// <summary>Answers a bind(2): the held socket is given, or the socket is bound and held from now on.</summary>
    /// <returns>0, or the errno that the call fails with; null: it is not held, and the kernel's business alone.</returns>
    public int? Bind(BindCall call)
    {
        HashSet<ulong> asked = [];
        HashSet<ulong> open = [];
        while (true)
        {
            List<ulong> unknown;
            Bound bound = default;
            using (_turns.Take(call.Place is null ? call.Key.Address : AnyPath))
            {
                lock (_gate)
                {
                    unknown = [.. SameBoundBy(call).Except(asked)];
                }

                if (unknown.Count == 0)
                {
                    bound = BindInTurn(call, open);
                }
            }

            if (unknown.Count == 0)
            {
                if (bound is { Error: 0, Held: { } held })
                {
                    Tell(bound.IsCaptured, held.Key.Address, call.Generation);
                }

                return bound.Error;
            }

            // A process with many descriptors takes its time to be looked through.
            asked.UnionWith(unknown);
            open.UnionWith(call.WhichAreOpen(unknown));
        }
    }

    private Bound BindInTurn(BindCall call, HashSet<ulong> open)
    {
        SocketKey key;
        HeldSocket? held, passing;
        bool isNew;
        lock (_gate)
        {
            if (FindKey(call, open) is not ({ } found, var isFurther))
            {
                return new Bound(Errno.EADDRINUSE, null, false); // As the kernel has it for a program that binds an address twice.
            }

            (key, call) = (found, call with { IsFurther = isFurther });
            held = _byKey.GetValueOrDefault(key);
            passing = call.Passing is { } inode ? _byInode.GetValueOrDefault(inode) : null;
            isNew = held?.Bound.Add(call.Generation) == true; // From here on it is not let go of.
            _running = _running.Add(call.Generation);
        }

        if (held is not null && (IsLost(held, call) || held.IsConnection))
        {
            if (held.File is { } file)
            {
                ListenerLog.PathLost(log, held.Key.Address, file.Path, call.Generation);
            }

            LetGo(held);
            held = null;
        }

        var bound = held is null ? Capture(call, key) : Give(call, held, isNew);
        if (passing is not null && bound is { Error: 0, Held: not null })
        {
            LetGo(passing); // With the name that it had, if that is still there.
        }

        return bound;
    }

    private void LetGo(HeldSocket held)
    {
        lock (_gate)
        {
            Remove(held);
        }

        CloseRemoved();
    }

    /// <summary>Answers a listen(2) on a held socket: the accept queue is made longer, never shorter. Null = not held, none of ours.</summary>
    public int? Listen(int generation, ulong inode, int backlog)
    {
        HeldSocket? held;
        int wanted;
        lock (_gate)
        {
            held = _private.TryGetValue(inode, out var owner) ? owner.Held : _byInode.GetValueOrDefault(inode);
            if (held is null)
            {
                return null;
            }

            // A short queue would refuse clients while no generation accepts: after a crash, or while a candidate is held still.
            wanted = Math.Max(Math.Max(backlog, held.Backlog ?? 0), PlanFor(held.Key.Address)?.Backlog ?? LongestBacklog);
            if (held.Inode is not null && LibC.listen(held.Fd.Number, wanted) < 0)
            {
                return Errno.Last;
            }

            held.Backlog = wanted;
        }

        if (held.Input?.Listen(generation, wanted) is { } error and not 0)
        {
            return error;
        }

        lock (_gate)
        {
            held.Serving.Add(generation);
            JoinGroup(held);
        }

        Changed?.Invoke(generation);
        return 0;
    }

    /// <summary>Binds a socket that nobody holds, and holds it.</summary>
    private Bound Capture(BindCall call, SocketKey key)
    {
        lock (_gate)
        {
            if (!MayHoldMore(call))
            {
                return default;
            }
        }

        var handoff = call.Service.HandoffOf(key.Address);
        if (handoff == Handoff.Steered)
        {
            // Each generation's own socket joins a group; the first one too.
            var group = Make(key, null, handoff);
            group.Input = new SteeredInput(key.Address, PlanFor(key.Address), generation => _running.Contains(generation), log);
            return CaptureFor(call, group);
        }

        var error = call.BindNow();
        if (error != 0)
        {
            return new Bound(error, null, false);
        }

        var held = Make(key, FileDescriptor.Duplicate(call.Socket.Number), handoff);
        held.File = call.Place is { } place ? new SocketFile(place.Copy(), place.Socket(), call.Rights) : null;
        var wanted = PlanFor(key.Address)?.ReceiveBuffer;
        ReceiveBuffer.Widen(held, wanted ?? ReceiveBuffer.Default, wanted is null ? null : log);
        if (handoff != Handoff.Relay)
        {
            return Settle(call, held, isCaptured: true);
        }

        held.Input = inputs.Relay(key.Address, held.Fd);
        lock (_gate)
        {
            // Its own socket leaves the program while it comes to the input, which must not be taken for its end.
            Add(held);
            held.Bound.Add(call.Generation);
        }

        return CaptureFor(call, held);
    }

    /// <summary>The first generation comes to an input. If it cannot, there is none.</summary>
    private Bound CaptureFor(BindCall call, HeldSocket held)
    {
        var (input, isIn) = (held.Input!, false);
        try
        {
            Traffic.Add(input);
            var error = input.Join(call);
            isIn = error == 0;
            return isIn ? Settle(call, held, isCaptured: true) : new Bound(error, null, false);
        }
        finally
        {
            if (!isIn)
            {
                LetGo(held);
            }
        }
    }

    private HeldSocket Make(SocketKey key, FileDescriptor? duplicate, Handoff handoff)
    {
        var plan = PlanFor(key.Address);
        return new HeldSocket(key, duplicate, plan?.Name ?? key.Address.ToString(), handoff) { Configured = plan is not null };
    }

    /// <summary>Gives a generation a socket that is held already.</summary>
    private Bound Give(BindCall call, HeldSocket held, bool isNew)
    {
        IReadOnlyList<string>? refused;
        lock (_gate)
        {
            refused = held.Settings?.Enter(call.Generation, call.Socket.Number, alone: !held.Bound.Any(g => g != call.Generation));
        }

        if (refused is { Count: > 0 })
        {
            ListenerLog.NotCarried(log, held.Key.Address, string.Join(", ", refused));
        }

        if (held.Input?.Join(call) is { } error and not 0)
        {
            lock (_gate)
            {
                _ = isNew && held.Bound.Remove(call.Generation);
            }

            return new Bound(error, null, false);
        }

        if (held.Input is null)
        {
            FollowOwner(held, ReusePort.Owner(call.Socket.Number));
            ReceiveBuffer.Widen(held, ReceiveBuffer.Of(call.Socket.Number), null);
            call.Give(held.Fd.Number); // When it cannot be given the caller has died, and nobody reads the answer.
        }

        return Settle(call, held, isCaptured: false);
    }

    /// <summary>A generation has a socket now.</summary>
    private Bound Settle(BindCall call, HeldSocket held, bool isCaptured)
    {
        var own = held.Input?.PrivateInode(call.Generation);
        lock (_gate)
        {
            if (isCaptured)
            {
                Add(held);
            }

            if (own is { } known)
            {
                _private[known] = (held, call.Generation);
            }

            Enter(held, call, isCaptured);
            held.Bound.Add(call.Generation);
            (held.Seen, held.MissedSince) = (new SocketSeen(call.Process, call.Number), null);
            _mainProcesses[call.Generation] = call.MainProcess;
            if (!held.Key.Address.IsStream)
            {
                held.Serving.Add(call.Generation);
                JoinGroup(held);
            }
        }

        return new Bound(0, held, isCaptured);
    }

    // Of a socket that the engine made the kernel would say that it is the engine's: whoever can take it apart and connect it elsewhere would
    // be taken for the engine there. Nor does it become the engine's again, while one that is not has it.
    private static void FollowOwner(HeldSocket held, uint owner)
    {
        if (owner != Libc.geteuid() && owner != ReusePort.Owner(held.Fd.Number))
        {
            _ = ReusePort.TryGiveTo(held.Fd.Number, owner); // EPERM: an engine without the right to do it has nothing to lend either.
        }
    }

    // The groups that the caller's own socket is in; a captured one is that socket.
    private static void Enter(HeldSocket held, BindCall call, bool captured)
    {
        foreach (var membership in call.Memberships)
        {
            if (captured)
            {
                held.Memberships?.Note(call.Generation, membership);
            }
            else
            {
                held.Memberships?.Set(call.Generation, membership, held.Bound.Where(g => g != call.Generation), isEnding: false);
            }
        }
    }

    private void Tell(bool captured, ListenerAddress address, int generation)
    {
        journal.Publish(new EventReport
        {
            Id = 0,
            Time = default,
            Type = EventType.Listener,
            Message = captured ? $"captured {address} from generation {generation}" : $"gave {address} to generation {generation}",
            Generation = generation,
        });
        Changed?.Invoke(generation);
    }

    /// <summary>How a bind(2) has ended.</summary>
    /// <param name="Error">0 or an errno; null: it is not held.</param>
    /// <param name="Held">What it got.</param>
    /// <param name="IsCaptured">That is its own socket.</param>
    private readonly record struct Bound(int? Error, HeldSocket? Held, bool IsCaptured);
}
