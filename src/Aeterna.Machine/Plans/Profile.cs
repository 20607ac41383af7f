namespace Aeterna.Machine.Plans;

/// <summary>What Aeterna knows about a program. Data only; one small file each.</summary>
internal sealed record Profile
{
    /// <summary>Its name in <c>service.profile</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Base names of <c>command[0]</c> that <c>auto</c> recognises.</summary>
    public IReadOnlyList<string> BinaryNames { get; init; } = [];

    /// <summary>The program sends READY=1 when NOTIFY_SOCKET is set.</summary>
    public bool Notifies { get; init; }

    /// <summary>The program takes what it receives, and never looks at it first (MSG_PEEK): so the kernel can count for us what it has taken.</summary>
    public bool NeverPeeks { get; init; }

    /// <summary>The program only logs a failed bind and goes on; so one that fails makes the generation a failed one.</summary>
    public bool FailedBindIsFatal { get; init; }

    /// <summary>Signal that drains it, unless <c>drain.signal</c> says otherwise.</summary>
    public int? DrainSignal { get; init; }

    /// <summary>
    /// Signal on which it writes what it keeps in buffers. It is sent only to a process that has a handler for it.
    /// </summary>
    public int? FlushSignal { get; init; }

    /// <summary>
    /// Signal on which it opens its output files anew. A generation that gets the traffic back gets it first, if it has a handler for it: the
    /// files may have been renamed while another one had the traffic, and the signal.
    /// </summary>
    public int? ReopenSignal { get; init; }

    /// <summary>Threads of it that hold nothing while they sleep by the clock; null = any sleep may be work that is put off.</summary>
    public Housekeeping? Housekeeping { get; init; }

    /// <summary>How traffic is to move between two generations of it, made from its command and its own files; null = nothing is known.</summary>
    public Func<ServicePlan, TrafficAdvice?>? Traffic { get; init; }

    /// <summary>How it cuts the streams of an address, when a listener does not say; null = nothing is known.</summary>
    public Func<ServicePlan, ListenerAddress, StreamFraming>? StreamFraming { get; init; }

    /// <summary>All its streams, each by the place in its own configuration and with how it is cut; null = nothing is known.</summary>
    public Func<ServicePlan, IReadOnlyList<(string Place, StreamFraming Framing)>>? Streams { get; init; }

    /// <summary>Whether its own configuration has something that binds an address: false = surely not; null, also for the whole = nobody knows.</summary>
    public Func<ServicePlan, ListenerAddress, bool?>? Binds { get; init; }

    /// <summary>How its sockets are handed over, when a listener does not say; what is not named here is shared.</summary>
    public IReadOnlyDictionary<ListenerScheme, Handoff> Handoffs { get; init; } = new Dictionary<ListenerScheme, Handoff>();

    /// <summary>
    /// It asks by connect(2) whether somebody listens at the path of its unix socket, and does not start if so: such sockets are its own, and held
    /// only where a listener says so.
    /// </summary>
    public bool AsksItsPaths { get; init; }

    /// <summary>
    /// What no reload of it can spare its clients, as in "its kept connections end": <c>aeterna check</c> warns of it, and docs/programs.md has the
    /// figures. Null = nothing is known to be missing.
    /// </summary>
    public string? Caveat { get; init; }

    /// <summary>Whether it would put a socket of its own at <c>/dev/log</c>; null = it does not.</summary>
    public Func<ServicePlan, bool>? TakesDevLog { get; init; }

    /// <summary>What its own configuration loads and how many rules it has; null = the engine makes no state of this program's.</summary>
    public Func<ServicePlan, ConfigurationSummary>? Summary { get; init; }

    /// <summary>The pre-flight that is run when the file gives none, made from the command line; null = none.</summary>
    public Func<IReadOnlyList<string>, HookPlan?>? DefaultPreFlight { get; init; }

    /// <summary>Changes the command line for a generation, as for a pid file of its own; the string is the instance directory.</summary>
    public Func<IReadOnlyList<string>, string, IReadOnlyList<string>>? AdaptCommand { get; init; }

    /// <summary>Where it leaves the id of its main process, by its command as it is run; null = nowhere that is known.</summary>
    public Func<IReadOnlyList<string>, string?>? PidFile { get; init; }

    /// <summary>A program about which nothing is known.</summary>
    public static Profile None { get; } = new() { Name = "none" };
}

/// <summary>Which threads of a program only sleep when they have nothing in hand.</summary>
/// <param name="MainThread">The main thread is one of them.</param>
/// <param name="NamePrefixes">Beginnings of the others' names.</param>
internal sealed record Housekeeping(bool MainThread, IReadOnlyList<string> NamePrefixes)
{
    public bool Includes(bool main, string name) =>
        main ? MainThread : NamePrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}

/// <summary>What a profile says of traffic, and why.</summary>
internal sealed record TrafficAdvice(Traffic Traffic, string Reason);

/// <summary>What a program's own configuration says.</summary>
internal sealed record ConfigurationSummary(IReadOnlyList<string> Modules, int Rules);
