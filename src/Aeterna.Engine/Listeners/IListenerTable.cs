using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Listeners;

/// <summary>What the orchestrator needs of the sockets that outlive generations. May be called from any thread.</summary>
internal interface IListenerTable
{
    /// <summary>Opens the configured listeners that are not held yet, and applies changed buffers and backlogs to held ones.</summary>
    /// <exception cref="ListenerException">One cannot be opened: "cannot bind tcp://0.0.0.0:514: ... (what to do)". Nothing has changed then.</exception>
    void Configure(IReadOnlyList<ListenerPlan> listeners);

    /// <summary>Addresses that a generation has bound or inherited (streams: and listens on).</summary>
    IReadOnlyCollection<ListenerAddress> HeldBy(int generation);

    /// <summary>The sockets behind <see cref="HeldBy"/>: what a generation was given for them, to be compared with what it still has.</summary>
    IReadOnlyList<GivenSocket> GivenTo(int generation);

    /// <summary>
    /// A generation is about to be told to end: nothing new comes to sockets that only it reads while others of their address are read by others, and it is
    /// given the time to read what waits in them. What it closes from now on stays held for the next one.
    /// </summary>
    /// <param name="generation">Its number.</param>
    /// <param name="patience">How long that may take.</param>
    /// <returns>Completes when it has read it, or the time is over. Never faults.</returns>
    Task Retire(int generation, TimeSpan patience);

    /// <summary>Ends a generation's share of the sockets. Sockets stay held.</summary>
    void Forget(int generation);

    /// <summary>
    /// A generation serves because somebody asked for it: what it serves when it ends is owed from then on, by whoever comes after it without having been asked for. What was owed
    /// before is not any more.
    /// </summary>
    void Owe(int generation);

    /// <summary>What is owed, and not served by a generation.</summary>
    IReadOnlyCollection<ListenerAddress> OwedBy(int generation);

    /// <summary>Closes the sockets that no generation has any more and that are neither configured nor owed, and unlinks their paths. Returns them.</summary>
    IReadOnlyList<ListenerAddress> ReleaseUnused();

    /// <summary>All sockets, for the status.</summary>
    IReadOnlyList<ListenerReport> Report();
}

/// <summary>A socket that a generation was given.</summary>
/// <param name="Address">The address that clients use.</param>
/// <param name="Inode">The inode of what it was given; 0: nothing any more.</param>
/// <param name="Works">It can be used: a stream listens.</param>
internal sealed record GivenSocket(ListenerAddress Address, ulong Inode, bool Works);

/// <summary>A socket cannot be opened or held.</summary>
internal sealed class ListenerException(string message, Exception? inner = null) : Exception(message, inner);
