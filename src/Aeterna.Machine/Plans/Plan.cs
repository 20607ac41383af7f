using System.Net.Security;

namespace Aeterna.Machine.Plans;

/// <summary>A whole configuration file, checked and with every default filled in. Never changes; a reload reads a new one.</summary>
internal sealed record Plan
{
    /// <summary>Absolute path of the file.</summary>
    public required string SourcePath { get; init; }

    /// <summary>SHA-256 of the file's bytes in lower-case hex.</summary>
    public required string SourceSha256 { get; init; }

    /// <summary>The file's text, for a successor of this engine: the file itself may be another one by then.</summary>
    public string SourceText { get; init; } = "";

    public required ServicePlan Service { get; init; }

    public OrchestrationPlan Orchestration { get; init; } = new();

    public ObservabilityPlan Observability { get; init; } = new();

    public ControlPlan Control { get; init; } = new();

    public HistoryPlan History { get; init; } = new();

    public RelayPlan Relay { get; init; } = new();

    public RestartPlan Restart { get; init; } = new();
}

/// <summary><c>service</c>: what is run.</summary>
internal sealed record ServicePlan
{
    public required string Name { get; init; }

    /// <summary>Program and arguments; at least one word, the first an absolute path or a name found on PATH.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary><c>NAME=value</c>, added to the engine's own environment.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary>Checked and hashed before every start when given.</summary>
    public string? BinaryPath { get; init; }

    /// <summary>The profile after <c>auto</c> was resolved.</summary>
    public Profile Profile { get; init; } = Profile.None;

    public IReadOnlyList<ListenerPlan> Listeners { get; init; } = [];

    /// <summary>User name or number; null keeps the engine's.</summary>
    public string? User { get; init; }

    public string? Group { get; init; }

    public string? WorkingDirectory { get; init; }

    /// <summary>File in which the program leaves the id of its main process; null: what the profile knows.</summary>
    public string? PidFile { get; init; }

    /// <summary>File mode creation mask, 0 to 0777 (octal in the file); null keeps the engine's.</summary>
    public int? Umask { get; init; }

    /// <summary>Null: with another user or group than the engine's, unless the program's file has privileges of its own.</summary>
    public bool? NoNewPrivileges { get; init; }

    /// <summary>How the socket of an address is handed over: as its listener says, else as the profile does, else shared.</summary>
    public Handoff HandoffOf(ListenerAddress address) =>
        Listeners.FirstOrDefault(listener => listener.Address == address)?.Handoff
        ?? (Profile.Handoffs.TryGetValue(address.Scheme, out var usual) ? usual : Handoff.Shared);

    /// <summary>Whether a socket that the program binds to an address is held at all.</summary>
    public bool Holds(ListenerAddress address) =>
        !Profile.AsksItsPaths || !address.IsUnixPath || Listeners.Any(listener => listener.Address == address);

    /// <summary>How the streams of an address are cut into messages: as its listener says, else as the program does, as far as the profile knows.</summary>
    public StreamFraming FramingOf(ListenerAddress address) =>
        Listeners.FirstOrDefault(listener => listener.Address == address)?.Framing is { } kind ? new StreamFraming { Kind = kind }
        : Profile.StreamFraming?.Invoke(this, address) ?? StreamFraming.None;

    /// <summary>Whether a stream may come to be relayed.</summary>
    public bool RelaysStreams =>
        Listeners.Any(listener => listener.Address.IsStream && HandoffOf(listener.Address) == Handoff.Relay)
        || Profile.Handoffs.Any(usual => usual is { Key: ListenerScheme.Tcp or ListenerScheme.Unix, Value: Handoff.Relay });

    /// <summary>Resource limits by their setrlimit(2) name in lower case, as in <c>nofile</c>.</summary>
    public IReadOnlyDictionary<string, LimitPlan> Limits { get; init; } = new Dictionary<string, LimitPlan>();
}

/// <summary>One resource limit. <see cref="Unlimited"/> stands for "unlimited".</summary>
internal sealed record LimitPlan(ulong Soft, ulong Hard)
{
    public const ulong Unlimited = ulong.MaxValue;
}

/// <summary>One entry of <c>service.listeners</c>.</summary>
internal sealed record ListenerPlan
{
    public required string Name { get; init; }

    public required ListenerAddress Address { get; init; }

    /// <summary>Null: what the profile says, else <see cref="Handoff.Shared"/>.</summary>
    public Handoff? Handoff { get; init; }

    public FramingKind? Framing { get; init; }

    /// <summary>Length of the accept queue; null: the kernel's most.</summary>
    public int? Backlog { get; init; }

    /// <summary>Bytes; null: the engine's default for datagram sockets.</summary>
    public int? ReceiveBuffer { get; init; }

    /// <summary>TLS to be ended by the engine (relay only).</summary>
    public TlsPlan? Tls { get; init; }
}

/// <summary>How a socket comes to a generation.</summary>
internal enum Handoff
{
    Shared,
    Inherit,
    Steered,
    Relay,
}

/// <summary>A TLS server: its files, and what it asks of clients.</summary>
internal sealed record TlsPlan(string Certificate, string Key, string? ClientCa)
{
    /// <summary>Names and fingerprints of client certificates that are let in; empty: all that the authorities have signed.</summary>
    public IReadOnlyList<PermittedPeer> PermittedPeers { get; init; } = [];

    /// <summary>The oldest version that is taken; null: what the system allows.</summary>
    public Version? MinVersion { get; init; }

    /// <summary>The cipher suites that are taken; empty: the system's.</summary>
    public IReadOnlyList<TlsCipherSuite> Ciphers { get; init; } = [];
}
