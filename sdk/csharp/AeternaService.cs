using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Aeterna.Sdk;

/// <summary>
/// What a program calls. Nothing here throws because of the engine: without one, or when a handoff fails, the program starts cold, and
/// the log says why ([Aeterna-SDK]). docs/srp.md describes the protocol.
/// </summary>
public static class AeternaService
{
    /// <summary>How long a call waits for the engine's next word when nothing else is said.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(1);

    /// <summary>Whether an engine runs this process.</summary>
    public static bool IsManaged => Environment.GetEnvironmentVariable("AETERNA_MANAGED") == "1";

    /// <summary>The number of this run; 0 without an engine.</summary>
    public static int Generation =>
        int.TryParse(Environment.GetEnvironmentVariable("AETERNA_GENERATION"), CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>Gets a line for whatever is worth one; standard error by default.</summary>
    public static Action<string> Log { get; set; } = line => Console.Error.WriteLine(line);

    /// <summary>A listening socket: inherited from the engine (by name, or else the one with that port), or bound anew.</summary>
    /// <param name="endpoint">Where to listen without an engine; its port finds the inherited one.</param>
    /// <param name="name">The listener's name in the configuration.</param>
    /// <param name="backlog">For a socket that is bound anew.</param>
    /// <exception cref="SocketException">It is not inherited, and cannot be bound.</exception>
    public static Socket Listen(IPEndPoint endpoint, string? name = null, int backlog = 128) => Sockets.Listen(endpoint, name, backlog);

    /// <summary>Says READY=1 to the engine (or to systemd).</summary>
    public static void Ready() => Sockets.Ready();

    /// <summary>
    /// The state of the process before this one; empty when there is none, or when anything goes wrong. What that process changes after its
    /// snapshot is lost, and the log says so: the other overload gets it.
    /// </summary>
    /// <param name="timeout">For each word of the engine's.</param>
    public static State LoadState(TimeSpan? timeout = null)
    {
        var state = LoadState(onFinal: null, timeout);
        if (!state.IsEmpty)
        {
            Say("what the old process changes after this snapshot will be lost: give LoadState an onFinal, or onFinal: null if nothing is missed");
        }

        return state;
    }

    /// <summary>The state of the process before this one; empty when there is none, or when anything goes wrong.</summary>
    /// <param name="onFinal">
    /// Called, on a thread of its own, with what the old process still changed until it ended; null: nothing is missed.
    /// </param>
    /// <param name="timeout">For each word of the engine's.</param>
    public static State LoadState(Action<State>? onFinal, TimeSpan? timeout = null) => Taking.Load(onFinal, timeout ?? DefaultTimeout);

    /// <summary><see cref="LoadState(TimeSpan?)"/> beside other work.</summary>
    /// <param name="timeout">As there.</param>
    public static Task<State> LoadStateAsync(TimeSpan? timeout = null) => Beside(() => LoadState(timeout));

    /// <summary><see cref="LoadState(Action{State}?, TimeSpan?)"/> beside other work.</summary>
    /// <param name="onFinal">As there.</param>
    /// <param name="timeout">As there.</param>
    public static Task<State> LoadStateAsync(Action<State>? onFinal, TimeSpan? timeout = null) => Beside(() => LoadState(onFinal, timeout));

    /// <summary>Registers the source of this generation's state; false without an engine.</summary>
    /// <param name="source">
    /// Asked when this process is replaced, on a thread of its own: for <see cref="StatePhase.Snapshot"/> first, and for
    /// <see cref="StatePhase.Final"/> at the end (null, or the empty state: nothing has changed).
    /// </param>
    public static bool Provide(Func<StatePhase, State?> source) => Giving.Provide(source);

    /// <summary>Pushes state now: the answer to <c>state_handoff.signal</c>. True when the new process has it.</summary>
    /// <param name="state">The state.</param>
    /// <param name="timeout">For each word of the engine's.</param>
    public static bool SaveState(State state, TimeSpan? timeout = null) => Giving.Push(state, timeout ?? DefaultTimeout);

    private static Task<State> Beside(Func<State> load) =>
        Task.Factory.StartNew(load, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    internal static void Say(string line) => Log($"[Aeterna-SDK] {line}");
}

/// <summary>What a source is asked for.</summary>
public enum StatePhase
{
    /// <summary>All of the state, while this process still serves.</summary>
    Snapshot,

    /// <summary>What the next process needs besides, before this one is told to end.</summary>
    Final,
}
