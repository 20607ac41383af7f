using System.Net;
using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine.Plans;

namespace Aeterna.Listeners;

/// <summary>The <see cref="ListenerTable"/> as plain data, for a successor of this engine. Descriptors are named by their numbers.</summary>
internal sealed record ListenersState
{
    public required IReadOnlyList<HeldState> Sockets { get; init; }

    /// <summary>Groups of sockets of one address in the kernel's order: places in <see cref="Sockets"/>.</summary>
    public required IReadOnlyList<ReuseGroupState> Groups { get; init; }

    /// <summary>Main processes by generation.</summary>
    public required IReadOnlyDictionary<int, int> MainProcesses { get; init; }

    /// <summary>Generations that have bound something.</summary>
    public required IReadOnlyList<int> Running { get; init; }

    /// <summary>Counts of inputs that are closed, and of generations that are gone.</summary>
    public required InputCounts Closed { get; init; }

    /// <summary>The last generation that somebody asked for.</summary>
    public int AskedFor { get; init; }

    /// <summary>What it served, and nobody holds any more.</summary>
    public IReadOnlyList<KeyState> Missed { get; init; } = [];

    /// <summary>Who gets the traffic.</summary>
    public int? Main { get; init; }
}

/// <summary>A held socket.</summary>
internal sealed record HeldState
{
    public required KeyState Key { get; init; }

    /// <summary>The engine's duplicate; null when the input has a socket for each generation.</summary>
    public int? Fd { get; init; }

    public required string Name { get; init; }

    public required Handoff Handoff { get; init; }

    public required bool Configured { get; init; }

    public bool Owed { get; init; }

    public FileState? File { get; init; }

    public int? Backlog { get; init; }

    public required IReadOnlyList<int> Bound { get; init; }

    public required IReadOnlyList<int> Serving { get; init; }

    public SocketSeen? Seen { get; init; }

    public required long HeldSince { get; init; }

    public long? MissedSince { get; init; }

    public SettingsState? Settings { get; init; }

    public IReadOnlyList<MembershipState> Memberships { get; init; } = [];

    public InputState? Input { get; init; }
}

/// <summary>What a socket is bound to.</summary>
internal sealed record KeyState(ListenerScheme Scheme, string? Endpoint, string? Path, bool V6Only, string Device, int Ordinal)
{
    public static KeyState Of(SocketKey key) =>
        new(key.Address.Scheme, key.Address.Endpoint?.ToString(), key.Address.Path, key.V6Only, key.Device, key.Ordinal);

    public SocketKey Key() => new(new ListenerAddress(Scheme, Endpoint is null ? null : IPEndPoint.Parse(Endpoint), Path), V6Only, Device, Ordinal);
}

/// <summary>A group of sockets of one address.</summary>
internal sealed record ReuseGroupState(IReadOnlyList<int> Order, bool IsDirected);

/// <summary>A multicast group that a socket is in: the option that joined it, and the generations that want it.</summary>
internal sealed record MembershipState(int Level, int Name, byte[] Value, IReadOnlyList<int> Owners);

/// <summary>What generations set on a socket that they share: by generation and name of the trait.</summary>
internal sealed record SettingsState(
    IReadOnlyDictionary<int, IReadOnlyDictionary<string, byte[]>> Own,
    IReadOnlyDictionary<int, IReadOnlyDictionary<string, byte[]>> Before,
    IReadOnlyList<LaterState> Later);

/// <summary>What a generation set while another one still uses the socket.</summary>
internal sealed record LaterState(int Generation, string Trait, byte[] Wanted, byte[] Left);
