using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Machine;
using Aeterna.Machine.Plans;

namespace Aeterna.Listeners.Traffic;

/// <summary>
/// One held socket whose traffic the engine directs: a relay of streams or of datagrams, or a steered group of sockets. Every
/// member may be called from any thread and is done when it returns; none waits for a client or a program.
/// Disposing closes what belongs to the generations and to clients, not the held socket itself.
/// </summary>
internal interface ITrafficInput : IDisposable
{
    /// <summary>The address that clients use.</summary>
    ListenerAddress Address { get; }

    /// <summary>How its streams are cut into messages; null: it carries none, or the kernel does.</summary>
    StreamFraming? Framing => null;

    /// <summary>The kernel gives each client to a generation's own socket, and what it says goes past the engine.</summary>
    bool IsDirect => false;

    /// <summary>
    /// Where each generation has a socket of its own: one that has the address, also while no generation is there. Owned by the input; another
    /// one after the next call. Null: the held one has it, or there is none yet.
    /// </summary>
    FileDescriptor? Representative => null;

    /// <summary>
    /// Takes a generation in at its bind(2), one after the other: either the caller's own socket is used, or a private one of
    /// this generation is given in its place. The first call comes with a held socket that the caller's own was just captured as.
    /// </summary>
    /// <returns>0, or the errno that the call fails with.</returns>
    int Join(JoinCall call);

    /// <summary>Answers a generation's listen(2) on its private socket; 0 or an errno. The held socket listens already.</summary>
    int Listen(int generation, int backlog);

    /// <summary>Inode of the socket that a generation got in <see cref="Join"/>, by which /proc/PID/fd names it; null when it has none.</summary>
    ulong? PrivateInode(int generation);

    /// <summary>The generation's side as accept(2) sees it; null for datagrams and for sockets that the kernel serves.</summary>
    IRelaySide? Side(int generation);

    /// <summary>Makes ready for a <see cref="Direct"/> to a generation that runs: opens its side of every connection there is, beforehand.</summary>
    void Prepare(int generation);

    /// <summary>Connections that were opened to a generation beforehand and that it has not accepted yet.</summary>
    int Unaccepted(int generation) => 0;

    /// <summary>
    /// From its return on traffic goes as the route says: nothing more is given to a generation that it does not name, but the rest
    /// of a frame that one has the beginning of. What <paramref name="takeBack"/> got and has not read (from the beginning of the frame
    /// that it read only partly) is taken back first, so that it does not find it when it goes on, and goes, in order and before anything newer, to the route's generation.
    /// </summary>
    /// <param name="route">The new route.</param>
    /// <param name="takeBack">A generation that is dead, or held still; null: none.</param>
    /// <returns>Number of frames (datagrams) that were taken back.</returns>
    long Direct(Route route, int? takeBack);

    /// <summary>Whether a generation has read all that it was given, and nothing is left to give it.</summary>
    bool HasRead(int generation);

    /// <summary>What lies before a generation at this moment that it has not read.</summary>
    Leftover Leftover(int generation);

    /// <summary>The connections that a generation got through here; none where it accepts them on its own.</summary>
    ConnectionCounts Connections(int generation) => default;

    /// <summary>No generation is tried any more: clients that the one which came last has turned away are told so, now and from here on.</summary>
    void Settle()
    {
    }

    /// <summary>
    /// Closes a generation's side: at the commit (it gets no traffic any more and has read everything), or when it is dead. Called
    /// twice it does nothing.
    /// </summary>
    /// <returns>What it was given through here and is not taken back; nothing the second time.</returns>
    GivenCounts Leave(int generation);

    /// <summary>What it counted so far.</summary>
    InputCounts Counts();

    /// <summary>Does nothing from its return on, whatever comes, until <see cref="GoOn"/>; calls that only look are answered.</summary>
    void HoldStill();

    /// <summary>It as plain data, for a successor of this engine; while it is held still.</summary>
    /// <param name="bytes">Gets what it holds. Null: only what it is, and nothing of what flows through it; for that it needs not be held still.</param>
    /// <exception cref="LedgerException">No other engine could go on with it at this moment; why.</exception>
    InputState State(LedgerBytes? bytes);

    /// <summary>Knows a route that its traffic follows already.</summary>
    void Know(Route route);

    /// <summary>Ends <see cref="HoldStill"/>; also of one that a successor has made, which is held from the beginning.</summary>
    void GoOn();
}

/// <summary>What lies before a generation that it has not read.</summary>
/// <param name="IsThere">
/// Something does: datagrams, or bytes on a connection that it has accepted. Connections that wait to be accepted count if it has none: a program may serve one after the
/// other. False where the kernel does not tell.
/// </param>
/// <param name="Read">Grows whenever the generation reads, and never otherwise. Its size says nothing.</param>
internal readonly record struct Leftover(bool IsThere, long Read);

/// <summary>What an input counted since it was opened.</summary>
/// <param name="Connections">Open client connections; 0 for datagrams.</param>
/// <param name="Accepted">Client connections since the beginning.</param>
/// <param name="FramesIn">Frames (datagrams) that came in, where the engine sees them.</param>
/// <param name="BytesIn">Their bytes.</param>
/// <param name="Moved">Connections that went from one generation to another.</param>
/// <param name="WaitingBytes">Bytes held in the engine at this moment.</param>
/// <param name="Lost">Frames (datagrams) that the engine had to drop; 0 unless the reason was logged.</param>
/// <param name="ToGeneration">By generation that is there: frames and bytes given to it and not taken back.</param>
internal sealed record InputCounts(
    long Connections, long Accepted, long FramesIn, long BytesIn, long Moved, long WaitingBytes, long Lost,
    IReadOnlyDictionary<int, GivenCounts> ToGeneration)
{
    public static InputCounts None { get; } = new(0, 0, 0, 0, 0, 0, 0, new Dictionary<int, GivenCounts>());
}

/// <param name="Frames">Frames (datagrams).</param>
/// <param name="Bytes">Bytes.</param>
internal readonly record struct GivenCounts(long Frames, long Bytes)
{
    public static GivenCounts operator +(GivenCounts one, GivenCounts other) => new(one.Frames + other.Frames, one.Bytes + other.Bytes);

    public static GivenCounts operator -(GivenCounts one, GivenCounts other) => new(one.Frames - other.Frames, one.Bytes - other.Bytes);
}
