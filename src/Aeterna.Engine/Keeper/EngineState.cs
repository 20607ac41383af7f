using Aeterna.Contract;
using Aeterna.Control;
using Aeterna.Generations;
using Aeterna.Listeners;
using Aeterna.Listeners.Steering;
using Aeterna.Orchestration;
using Aeterna.Relay;
using Aeterna.Relay.Datagrams;
using Aeterna.Relay.Kept;
using Aeterna.Telemetry;

namespace Aeterna.Keeper;

/// <summary>All that another engine needs to go on in the place of this one: the ledger. Descriptors are named by their numbers.</summary>
internal sealed record EngineState
{
    /// <summary>What was asked for.</summary>
    public required UpgradeState Upgrade { get; init; }

    /// <summary>The engine's own.</summary>
    public required OwnState Own { get; init; }

    /// <summary>The memory with what is held of clients' bytes (<see cref="Ledger.LedgerBytes"/>).</summary>
    public required int Bytes { get; init; }

    public required ServiceState Service { get; init; }

    public required ListenersState Listeners { get; init; }

    public required GenerationState Generation { get; init; }

    /// <summary>Generations that are to end, or are about to.</summary>
    public IReadOnlyList<GenerationState> Leaving { get; init => field = value ?? []; } = []; // An older ledger has none.

    /// <summary>What of the relays outlives the engine; only for one that goes on after a death.</summary>
    public KeptState? Kept { get; init; }

    /// <summary>The inodes of the descriptors that are named here: by them a successor whose predecessor has died knows which are still what they were.</summary>
    public IReadOnlyDictionary<int, ulong> Inodes { get; init => field = value ?? new Dictionary<int, ulong>(); } = new Dictionary<int, ulong>();

    /// <summary>The service is being stopped.</summary>
    public bool IsStopping { get; init; }

    /// <summary>The generation is no more: it has ended, and what the engine had of it was closed.</summary>
    public bool IsGone { get; init; }

    /// <summary>What was counted.</summary>
    public required IReadOnlyList<CountState> Counts { get; init; }

    /// <summary>The number of the last event.</summary>
    public required long LastEvent { get; init; }

    /// <summary>The newest records, which the disk may not have yet.</summary>
    public required IReadOnlyList<ReloadRecord> Records { get; init; }

    /// <summary>Every descriptor that is named here.</summary>
    public IEnumerable<int> Descriptors() =>
    [
        Bytes, Own.Program, Own.PidFile, Own.Control.File.Folder, .. Own.Control.Sockets.Select(s => s.Fd),
        .. Kept is { } kept ? (int[])[kept.Sessions, .. kept.Blocks is { } blocks ? [blocks] : Array.Empty<int>()] : [],
        .. new[] { Own.Keeper, Own.Guard }.OfType<int>(),
        .. (IsGone ? Leaving : Leaving.Append(Generation)).SelectMany(Of),
        .. Listeners.Sockets.SelectMany(Of),
    ];

    /// <summary>Those of a generation.</summary>
    public static IEnumerable<int> Of(GenerationState generation) =>
        [generation.Broker.Listener, .. generation.Broker.Received is { } received ? [received] : Array.Empty<int>(), generation.Notify.Fd, generation.Stdout.Fd, generation.Stderr.Fd];

    private static IEnumerable<int> Of(HeldState held) =>
    [
        .. new[] { held.Fd, held.File?.Folder }.OfType<int>(),
        .. held.Input switch
        {
            SteeredState steered => steered.Members.Select(m => m.Fd),
            DatagramRelayState datagrams => datagrams.Sides.SelectMany(side => new[] { side.Ours, side.Theirs }),
            StreamRelayState streams => Of(streams),
            _ => [],
        },
    ];

    private static IEnumerable<int> Of(StreamRelayState streams)
    {
        var sessions = streams.Shards.SelectMany(shard => shard.Sessions);
        return
        [
            .. streams.Sides.Select(side => side.Listener),
            .. sessions.Select(session => session.Client).OfType<int>(),
            .. sessions.SelectMany(session => session.Legs).SelectMany(leg => new[] { leg.Fd, leg.End }).OfType<int>(),
        ];
    }
}

/// <summary>An upgrade that is under way.</summary>
internal sealed record UpgradeState
{
    public required string Id { get; init; }

    /// <summary>Versions of the engine that writes, and of the one that is to read.</summary>
    public required string From { get; init; }

    public required string To { get; init; }

    public required string RequestedBy { get; init; }

    /// <summary>Since when nothing has been carried (<see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>: CLOCK_MONOTONIC, which is the same for both).</summary>
    public required long Since { get; init; }
}

/// <summary>What an engine has beside the service.</summary>
internal sealed record OwnState
{
    /// <summary>It runs in the background, and logs to a file.</summary>
    public required bool Background { get; init; }

    /// <summary>The program that writes this, open: it goes on if the other one cannot.</summary>
    public required int Program { get; init; }

    /// <summary>The path that it was started by.</summary>
    public required string ProgramPath { get; init; }

    /// <summary>The soft limit of open descriptors that the engine was started with.</summary>
    public required ulong NoFileSoft { get; init; }

    /// <summary>The file with the lock.</summary>
    public required int PidFile { get; init; }

    /// <summary>The end of the wire to its keeper; null: nobody keeps it.</summary>
    public int? Keeper { get; init; }

    /// <summary>The guard of the engine that writes this (pidfd_open(2)), which its successor ends as soon as it has one; null: there is none.</summary>
    public int? Guard { get; init; }

    /// <summary>How often an engine of this service has died and was gone on for.</summary>
    public int Deaths { get; init; }

    /// <summary>Whether they have died again and again.</summary>
    public Steadiness Steadiness { get; init => field = value ?? Steadiness.Good; } = Steadiness.Good; // An older ledger has none.

    public required ControlSocketsState Control { get; init; }
}
