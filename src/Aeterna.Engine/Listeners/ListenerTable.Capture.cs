using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Listeners.Steering;

namespace Aeterna.Listeners;

/// <content>What the broker asks when a generation calls bind(2), listen(2) or works on the path of a socket.</content>
internal sealed partial class ListenerTable
{
    /// <summary>Asked of the kernel for datagram sockets that nothing is configured for: what arrives while generations change waits there.</summary>
    private const int DefaultReceiveBuffer = 8 << 20;

    /// <summary>More than net.core.somaxconn allows on any system: the kernel takes its own limit.</summary>
    private const int LongestBacklog = 65_535;

    /// <summary>Answers a bind(2): the held socket is given, or the socket is bound and held from now on.</summary>
    /// <returns>0, or the errno that the call fails with; null: it is not held, and the kernel's business alone.</returns>
    public int? Bind(BindCall call)
    {
        // Not under the lock: a process with many descriptors takes its time to be looked through, and nobody else is to wait for that.
        HashSet<ulong> asked = [];
        HashSet<ulong> open = [];
        while (true)
        {
            List<ulong> unknown;
            (int? Error, HeldSocket? Held, bool Captured) bound = default;
            lock (_gate)
            {
                unknown = [.. SameBoundBy(call).Except(asked)];
                if (unknown.Count == 0)
                {
                    bound = Bind(call, open);
                }
            }

            if (unknown.Count == 0)
            {
                if (bound is { Error: 0, Held: { } held })
                {
                    Tell(bound.Captured, held.Key.Address, call.Generation);
                }

                return bound.Error;
            }

            asked.UnionWith(unknown);
            open.UnionWith(call.WhichAreOpen(unknown));
        }
    }

    /// <summary>What the same generation has bound to the same address before, by inode. Under the lock.</summary>
    private IEnumerable<ulong> SameBoundBy(BindCall call)
    {
        var key = KnownKey(call);
        return _byKey.Values.Where(h => h.Bound.Contains(call.Generation) && GroupKey(h) == key with { Ordinal = 0 })
            .Select(h => InodeOf(h, call.Generation)).OfType<ulong>();
    }

    /// <summary>Under the lock.</summary>
    private (int? Error, HeldSocket? Held, bool Captured) Bind(BindCall call, HashSet<ulong> open)
    {
        if (FindKey(call, open) is not ({ } key, var isFurther))
        {
            return (Errno.EADDRINUSE, null, false); // As the kernel has it for a program that binds an address twice.
        }

        if (_byKey.TryGetValue(key, out var existing) && (IsLost(existing, call) || existing.IsConnection))
        {
            if (existing.File is { } file)
            {
                ListenerLog.PathLost(log, key.Address, file.Path, call.Generation);
            }

            Remove(existing);
            existing = null;
        }

        if (existing is null && !MayHoldMore(call))
        {
            return (null, null, false);
        }

        HeldSocket? held = existing;
        var passing = call.Passing is { } inode ? _byInode.GetValueOrDefault(inode) : null;
        var error = existing is null ? Capture(call, key, out held) : Give(call with { IsFurther = isFurther }, existing);
        if (error != 0 || held is null)
        {
            return (error, null, false);
        }

        if (passing is not null)
        {
            Remove(passing); // With the name that it had, if that is still there.
        }

        Enter(held, call, captured: existing is null);
        held.Bound.Add(call.Generation);
        (held.Seen, held.MissedSince) = (new SocketSeen(call.Process, call.Number), null);
        _running = _running.Add(call.Generation);
        _mainProcesses[call.Generation] = call.MainProcess;
        if (!held.Key.Address.IsStream)
        {
            held.Serving.Add(call.Generation);
            JoinGroup(held);
        }

        return (0, held, existing is null);
    }

    /// <summary>Answers a listen(2) on a held socket: the accept queue is made longer, never shorter. Null = not held, none of ours.</summary>
    public int? Listen(int generation, ulong inode, int backlog)
    {
        lock (_gate)
        {
            var held = _private.TryGetValue(inode, out var owner) ? owner.Held : _byInode.GetValueOrDefault(inode);
            if (held is null)
            {
                return null;
            }

            // A short queue would refuse clients while no generation accepts: after a crash, or while a candidate is held still.
            var wanted = Math.Max(Math.Max(backlog, held.Backlog ?? 0), PlanFor(held.Key.Address)?.Backlog ?? LongestBacklog);
            if (held.Inode is not null && LibC.listen(held.Fd.Number, wanted) < 0)
            {
                return Errno.Last;
            }

            held.Backlog = wanted;
            if (held.Input?.Listen(generation, wanted) is { } error and not 0)
            {
                return error;
            }

            held.Serving.Add(generation);
            JoinGroup(held);
        }

        Changed?.Invoke(generation);
        return 0;
    }

    /// <summary>Whether a held socket has, or was bound under, a last name: a cheap question before the others.</summary>
    public bool HasPathNamed(string? name)
    {
        lock (_gate)
        {
            return name is not null && _byKey.Values.Any(h => h.File?.HasName(name) == true);
        }
    }

    /// <summary>Whether what is at a place is the socket file of a held socket.</summary>
    public bool IsHeldPath(FilePlace? place)
    {
        lock (_gate)
        {
            return place is not null && _byKey.Values.Any(h => h.File?.IsAt(place) == true);
        }
    }

    /// <summary>
    /// The socket at a place, if one generation alone has it and nothing is configured for it: it may be on its way to the name that it is meant
    /// for. Null: there is none. The duplicate is the caller's.
    /// </summary>
    public PassingSocket? FindPassing(int generation, FilePlace place)
    {
        lock (_gate)
        {
            return HeldAt(place) is { Input: null, Configured: false, Inode: { } inode, Seen: { } seen } held && held.Bound.All(g => g == generation)
                ? new PassingSocket(
                    held.Key.Address.Scheme, seen.Process, inode,
                    new FileDescriptor(Errno.ThrowIfFailed(LibC.fcntl(held.Fd.Number, Libc.F_DUPFD_CLOEXEC, 0), "fcntl(F_DUPFD_CLOEXEC)")))
                : null;
        }
    }

    /// <summary>
    /// Answers a rename(2) that touches a held path, and by which none becomes another generation's. Null = none of ours. A held socket is
    /// followed; what would replace one is refused.
    /// </summary>
    /// <param name="generation">The caller's.</param>
    /// <param name="from">What is to be renamed.</param>
    /// <param name="to">Where to.</param>
    /// <param name="renameNow">Does it; 0 or an errno.</param>
    public int? Rename(int generation, FilePlace from, FilePlace to, Func<int> renameNow)
    {
        lock (_gate)
        {
            var standing = HeldAt(to);
            if (HeldAt(from) is not { File: { } moved } own)
            {
                // Of one that is relayed the name in passing is not bound a second time.
                return standing is null ? null : from.IsEmpty() && standing.File!.BoundAt == from.Where ? 0 : Errno.EBUSY;
            }

            if (standing is not null && standing != own && !standing.Bound.Contains(generation))
            {
                return Errno.EBUSY;
            }

            var error = renameNow();
            if (error == 0)
            {
                moved.MovedTo(to.Copy());
            }

            return error;
        }
    }

    private HeldSocket? HeldAt(FilePlace place) => _byKey.Values.FirstOrDefault(h => h.File?.IsAt(place) == true);

    /// <summary>Binds a socket that nobody holds, and holds it. 0 or an errno; then there is no held socket.</summary>
    private int Capture(BindCall call, SocketKey key, out HeldSocket? held)
    {
        held = null;
        var handoff = call.Service.HandoffOf(key.Address);
        if (handoff == Handoff.Steered)
        {
            return CaptureSteered(call, key, out held);
        }

        var error = call.BindNow();
        if (error != 0)
        {
            return error;
        }

        var duplicate = new FileDescriptor(Errno.ThrowIfFailed(LibC.fcntl(call.Socket.Number, Libc.F_DUPFD_CLOEXEC, 0), "fcntl(F_DUPFD_CLOEXEC)"));
        var plan = PlanFor(key.Address);
        held = Hold(key, duplicate, handoff);
        held.File = call.Place is { } place ? new SocketFile(place.Copy(), place.Socket(), call.Rights) : null;
        WidenReceiveBuffer(held, plan?.ReceiveBuffer ?? DefaultReceiveBuffer, warn: plan?.ReceiveBuffer is not null);
        if (handoff == Handoff.Relay)
        {
            held.Input = inputs.Relay(key.Address, held.Fd);
            held.Input.Direct(_route, null);
            return Join(call, held);
        }

        return 0;
    }

    /// <summary>Each generation's own socket joins a group; the first one too.</summary>
    private int CaptureSteered(BindCall call, SocketKey key, out HeldSocket? held)
    {
        held = null;
        var input = new SteeredInput(key.Address, PlanFor(key.Address), generation => _running.Contains(generation), log);
        input.Direct(_route, null);
        var error = input.Join(call);
        if (error != 0)
        {
            input.Dispose();
            return error;
        }

        held = Hold(key, null, Handoff.Steered);
        held.Input = input;
        NotePrivate(call.Generation, held);
        return 0;
    }

    private HeldSocket Hold(SocketKey key, FileDescriptor? duplicate, Handoff handoff)
    {
        var plan = PlanFor(key.Address);
        var held = new HeldSocket(key, duplicate, plan?.Name ?? key.Address.ToString(), handoff)
        {
            Configured = plan is not null,
        };
        Add(held);
        return held;
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

    /// <summary>Gives a generation a socket that is held already; 0 or an errno.</summary>
    private int Give(BindCall call, HeldSocket held)
    {
        if (held.Settings?.Enter(call.Generation, call.Socket.Number, alone: !held.Bound.Any(g => g != call.Generation)) is { Count: > 0 } refused)
        {
            ListenerLog.NotCarried(log, held.Key.Address, string.Join(", ", refused));
        }

        if (held.Input is not null)
        {
            return Join(call, held);
        }

        FollowOwner(held, ReusePort.Owner(call.Socket.Number));
        WidenReceiveBuffer(held, Libc.GetOption(call.Socket.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUF) / 2 ?? 0, warn: false);
        call.Give(held.Fd.Number); // When it cannot be given the caller has died, and nobody reads the answer.
        return 0;
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

    /// <summary>
    /// The key by which a caller's socket is held, or will be, and whether it is one more for an input that directs what comes to all; null: the
    /// address is the caller's own already.
    /// </summary>
    private (SocketKey Key, bool IsFurther)? FindKey(BindCall call, HashSet<ulong> open)
    {
        var key = KnownKey(call);
        while (_byKey.TryGetValue(key, out var taken) && taken.Bound.Contains(call.Generation)
            && InodeOf(taken, call.Generation) is { } inode && open.Contains(inode))
        {
            if (!MayShare(call))
            {
                return null;
            }

            if (taken.Input is not null)
            {
                return (key, true);
            }

            key = key with { Ordinal = key.Ordinal + 1 };
        }

        return (_byKey.ContainsKey(key) ? key : WithoutMore(call, key), false);
    }

    // The kernel lets sockets of one program share an address then; of datagrams without a group the newest gets all.
    private static bool MayShare(BindCall call) =>
        Libc.GetOption(call.Socket.Number, Libc.SOL_SOCKET, Libc.SO_REUSEPORT) == 1
        || (call.Key.Address.Scheme == ListenerScheme.Udp && Libc.GetOption(call.Socket.Number, Libc.SOL_SOCKET, Libc.SO_REUSEADDR) == 1);

    /// <summary>The key of the held socket that the caller means, whatever path to its place it has taken; otherwise the caller's own.</summary>
    private SocketKey KnownKey(BindCall call) =>
        call.Place is not { } place ? call.Key
        : _byKey.Values.FirstOrDefault(h => h.Key.Address.Scheme == call.Key.Address.Scheme && h.File?.Means(place.Where) == true)?.Key ?? call.Key;

    /// <summary>Whether the file of a held socket is gone, or its path leads elsewhere by now: what is held is then not what the caller means.</summary>
    private static bool IsLost(HeldSocket held, BindCall call) =>
        held.File is { } file && (!file.IsThere || (call.Place is { } place && !file.Means(place.Where)));

    private void WidenReceiveBuffer(HeldSocket held, int wanted, bool warn)
    {
        // The kernel doubles what it is asked for, and tells the double (socket(7)).
        if (held.Key.Address.IsStream || Libc.GetOption(held.Fd.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUF) / 2 >= wanted)
        {
            return;
        }

        if (!Libc.SetOption(held.Fd.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUFFORCE, wanted))
        {
            Libc.SetOption(held.Fd.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUF, wanted);
        }

        var got = (Libc.GetOption(held.Fd.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUF) ?? 0) / 2;
        if (warn && got < wanted)
        {
            ListenerLog.SmallBuffer(log, held.Key.Address, wanted, got);
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
}

/// <summary>A bind(2) that a generation waits for.</summary>
internal sealed record BindCall
{
    public required int Generation { get; init; }

    public required SocketKey Key { get; init; }

    /// <summary>The service as that generation was started with it.</summary>
    public required ServicePlan Service { get; init; }

    /// <summary>Where the socket's file is to be; null for a socket without one. Stays the broker's.</summary>
    public FilePlace? Place { get; init; }

    /// <summary>What the caller may; null: the engine itself asks.</summary>
    public Rights? Rights { get; init; }

    /// <summary>Our duplicate of the caller's socket; stays the broker's.</summary>
    public required FileDescriptor Socket { get; init; }

    /// <summary>Binds that duplicate to the address, as the caller would; 0 or an errno.</summary>
    public required Func<int> BindNow { get; init; }

    /// <summary>Puts our descriptor in the place of the caller's; false when the caller is gone.</summary>
    public required Func<int, bool> Give { get; init; }

    /// <summary>The multicast groups that it has joined by now.</summary>
    public IReadOnlyList<MembershipCall> Memberships { get; init; } = [];

    /// <summary>Puts the caller's own socket, which is bound to nothing, in the place of another one (by inode) that it has open.</summary>
    public Action<ulong> Displace { get; init; } = _ => { };

    /// <summary>The caller.</summary>
    public int Process { get; init; }

    /// <summary>Its descriptor.</summary>
    public int Number { get; init; }

    /// <summary>The generation's main process.</summary>
    public int MainProcess { get; init; }

    /// <summary>The inode of a held socket that this one has been until now, under a name in passing.</summary>
    public ulong? Passing { get; init; }

    /// <summary>The generation has one on this address open, which stays so.</summary>
    public bool IsFurther { get; init; }

    /// <summary>Which of some sockets (by inode) the calling process or its relatives have open. Not asked under the table's lock.</summary>
    public required Func<IReadOnlyCollection<ulong>, IEnumerable<ulong>> WhichAreOpen { get; init; }
}

/// <summary>A held socket that one generation alone has. The descriptor is the owner's of this.</summary>
/// <param name="Scheme">Which kind of socket.</param>
/// <param name="Process">Who had it when somebody looked last.</param>
/// <param name="Inode">The socket's.</param>
/// <param name="Socket">A duplicate of it.</param>
internal sealed record PassingSocket(ListenerScheme Scheme, int Process, ulong Inode, FileDescriptor Socket);
