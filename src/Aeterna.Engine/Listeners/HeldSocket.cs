using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine.Plans;

namespace Aeterna.Listeners;

/// <summary>One socket that outlives generations. Guarded by its table's lock; owns the engine's duplicate of the socket.</summary>
/// <param name="key">What it is bound to.</param>
/// <param name="fd">The duplicate; null when the input has a socket for each generation, and keeps them itself.</param>
/// <param name="name">The configured name, or the address.</param>
/// <param name="handoff">How it comes to a generation.</param>
internal sealed class HeldSocket(SocketKey key, FileDescriptor? fd, string name, Handoff handoff) : IDisposable
{
    public SocketKey Key { get; } = key;

    public FileDescriptor Fd => fd ?? Input?.Representative ?? throw new InvalidOperationException($"{Key.Address} has no socket");

    /// <summary>The socket's inode, by which /proc/PID/fd names it; null when each generation has a socket of its own.</summary>
    public ulong? Inode { get; } = fd is null ? null : InodeOf(fd);

    public string Name { get; } = name;

    public Handoff Handoff { get; } = handoff;

    /// <summary>What directs its traffic; null when the generations share it. Disposed with it.</summary>
    public ITrafficInput? Input { get; set; }

    /// <summary>What the generations set on it; null when each has a socket of its own.</summary>
    public SharedSettings? Settings { get; } = fd is null ? null : new SharedSettings(
        fd, handoff == Handoff.Relay ? SocketTraits.Options : [.. SocketTraits.Options, .. SocketTraits.OfTheFile]);

    /// <summary>The multicast groups that they have joined with it; null likewise.</summary>
    public Memberships? Memberships { get; } = fd is null ? null : new Memberships(fd);

    /// <summary>It is in the configuration: held also while no generation has it.</summary>
    public bool Configured { get; set; }

    /// <summary>It was served by the last generation that somebody asked for: held until somebody asks for another, whoever has it meanwhile.</summary>
    public bool Owed { get; set; }

    /// <summary>The socket's file; null for a socket without one. Disposed with it.</summary>
    public SocketFile? File { get; set; }

    /// <summary>The accept queue that was asked of the kernel; null before listen(2).</summary>
    public int? Backlog { get; set; }

    /// <summary>Generations that have bound or inherited it.</summary>
    public SortedSet<int> Bound { get; } = [];

    /// <summary>Those of them that may be sent clients: for a stream, after their listen(2).</summary>
    public SortedSet<int> Serving { get; } = [];

    /// <summary>Where a program had it when somebody looked last; null: nowhere yet.</summary>
    public SocketSeen? Seen { get; set; }

    /// <summary>When it was bound, and when it was found closed first (<see cref="Environment.TickCount64"/>).</summary>
    public long HeldSince { get; private init; } = Environment.TickCount64;

    public long? MissedSince { get; set; }

    /// <summary>A TCP socket that was bound only to be connected: nothing that a later generation could take over.</summary>
    public bool IsConnection => Input is null && Backlog is null && Key.Address.Scheme == ListenerScheme.Tcp && Libc.HasPeer(Fd.Number);

    /// <summary>Whether clients reach it: not so when it is a client's itself.</summary>
    public bool IsListener => Key.Address.Endpoint is null || Input is not null || !Libc.HasPeer(Fd.Number);

    /// <summary>Goes on with a predecessor's, whose descriptors it takes over. Its input is not there yet.</summary>
    /// <exception cref="LedgerException">It does not say what it is bound to.</exception>
    public static HeldSocket From(HeldState state)
    {
        SocketKey key;
        try
        {
            key = state.Key.Key();
        }
        catch (FormatException e)
        {
            throw new LedgerException($"a socket is bound to {state.Key.Endpoint}", e);
        }

        var held = new HeldSocket(key, state.Fd is { } fd ? new FileDescriptor(fd) : null, state.Name, state.Handoff)
        {
            Configured = state.Configured,
            Owed = state.Owed,
            File = state.File is { } file ? SocketFile.From(file) : null,
            Backlog = state.Backlog,
            Seen = state.Seen,
            HeldSince = state.HeldSince,
            MissedSince = state.MissedSince,
        };
        held.Bound.UnionWith(state.Bound);
        held.Serving.UnionWith(state.Serving);
        if (state.Settings is { } settings)
        {
            held.Settings?.Take(settings);
        }

        foreach (var membership in state.Memberships)
        {
            held.Memberships?.Take(membership);
        }

        return held;
    }

    /// <summary>It as plain data.</summary>
    /// <exception cref="LedgerException">No other engine could go on with it at this moment; why.</exception>
    public HeldState State(LedgerBytes? bytes) => new()
    {
        Key = KeyState.Of(Key),
        Fd = fd?.Number,
        Name = Name,
        Handoff = Handoff,
        Configured = Configured,
        Owed = Owed,
        File = File?.State(),
        Backlog = Backlog,
        Bound = [.. Bound],
        Serving = [.. Serving],
        Seen = Seen,
        HeldSince = HeldSince,
        MissedSince = MissedSince,
        Settings = Settings?.State(),
        Memberships = Memberships?.State() ?? [],
        Input = Input?.State(bytes),
    };

    /// <summary>Closes the engine's duplicate and removes the socket's file, if that file is still this socket's.</summary>
    public void Dispose()
    {
        Input?.Dispose();
        File?.Remove();
        File?.Dispose();
        fd?.Dispose();
    }

    private static ulong InodeOf(FileDescriptor socket) =>
        ProcFs.SocketInode(Environment.ProcessId, socket.Number) ?? throw new LinuxException("readlink(/proc/self/fd)", Errno.EBADF);
}

/// <summary>A process, and the descriptor that it has something under.</summary>
/// <param name="Process">The process.</param>
/// <param name="Number">Its descriptor.</param>
internal sealed record SocketSeen(int Process, int Number)
{
    /// <summary>Whether it has a socket there at this moment.</summary>
    public bool Has(ulong inode) => ProcFs.SocketInode(Process, Number) == inode;
}
