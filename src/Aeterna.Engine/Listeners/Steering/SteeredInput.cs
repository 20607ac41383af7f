using Aeterna.Linux;

using Aeterna.Listeners.Traffic;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Microsoft.Extensions.Logging;

namespace Aeterna.Listeners.Steering;

/// <summary>
/// A UDP or TCP listener of which each generation has a socket of its own. All of them are one SO_REUSEPORT group, and a program
/// in the kernel chooses the socket for each datagram or connection: a switch is one system call, and the engine sees no traffic.
/// </summary>
/// <remarks>
/// Invariants. The group is never empty once a socket was bound: the last member stays when its generation leaves, and what
/// arrives waits in it. A socket that is nobody's, be it left behind or made by the engine to hold traffic back, is the waiting room: there is at
/// most one, and the next generation that binds gets it, with its queue, in place of its own socket. The program names only
/// members whose place cannot change without us.
/// </remarks>
/// <param name="address">The address that clients use.</param>
/// <param name="plan">The configured listener; null when nothing is configured for it.</param>
/// <param name="runs">Whether a process of a generation may still run. Asked with the input's lock held.</param>
/// <param name="log">The log.</param>
internal sealed partial class SteeredInput(ListenerAddress address, ListenerPlan? plan, Func<int, bool> runs, ILogger log) : ITrafficInput
{
    private const int LongestBacklog = 65_535;
    private const int DefaultReceiveBuffer = 8 << 20;

    private readonly Lock _gate = new();
    private readonly List<Member> _members = []; // TCP sockets that are bound and do not listen are in no group yet.
    private readonly GroupOrder<Member> _order = new();
    private Route _route = Route.Held;
    private Member? _heir;
    private Steering? _steering;
    private long _lost;
    private long _carried;
    private long _carriedBytes;

    /// <summary>What the attached program does: who gets what.</summary>
    private sealed record Steering(Member Main, Member? Candidate, int Percent);

    /// <inheritdoc/>
    public ListenerAddress Address => address;

    /// <inheritdoc/>
    public bool IsDirect => true;

    /// <summary>The one that traffic goes to at this moment.</summary>
    public FileDescriptor? Representative
    {
        get
        {
            lock (_gate)
            {
                return (Target() ?? _members.FirstOrDefault())?.Fd;
            }
        }
    }

    /// <summary>
    /// The UDP socket of a generation that is gone. It stays in the group for the next one to come: while the kernel closes a member, there is
    /// a moment in which it is out of the group and can still be found (net/ipv4/udp.c, udp_lib_unhash), and a datagram that finds it then is lost.
    /// </summary>
    private Member? Spare => address.IsStream ? null : _members.Find(IsGone);

    private Member? Room => _members.Find(m => m.Generation is null && !m.Departed);

    /// <inheritdoc/>
    public ulong? PrivateInode(int generation)
    {
        lock (_gate)
        {
            return Of(generation)?.Inode;
        }
    }

    /// <summary>None: the kernel serves the sockets.</summary>
    public IRelaySide? Side(int generation) => null;

    /// <summary>Nothing: a generation is ready for traffic when it has bound (TCP: and listens).</summary>
    public void Prepare(int generation)
    {
    }

    /// <summary>
    /// Whether its queue is empty. A datagram for which the kernel had chosen the socket just before a switch may arrive up to half
    /// a millisecond after it: ask over that time.
    /// </summary>
    public bool HasRead(int generation)
    {
        lock (_gate)
        {
            return Of(generation) is not { } member || (address.IsStream ? SocketQueues.Waiting(member.Fd.Number) == 0 : !member.HasUnread);
        }
    }

    /// <summary>Never of streams: how many connections a generation has accepted is not known here. What it has been given the kernel does not tell.</summary>
    public Leftover Leftover(int generation)
    {
        lock (_gate)
        {
            return !address.IsStream && Of(generation) is { } member && SocketQueues.Of(member.Fd.Number) is { Unread: > 0 and var unread } ? new Leftover(true, -unread) : default;
        }
    }

    /// <summary>What the engine itself carried from socket to socket or had to drop; the kernel does not tell the rest.</summary>
    public InputCounts Counts()
    {
        lock (_gate)
        {
            Sweep();
            return InputCounts.None with
            {
                FramesIn = _carried + _lost,
                BytesIn = _carriedBytes,
                Lost = _lost,
                ToGeneration = _members.Where(m => m is { Generation: not null, Departed: false }).ToDictionary(m => m.Generation!.Value, m => m.Given),
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _members.ForEach(m => m.Dispose());
            _members.Clear();
            _order.Members.ToList().ForEach(_order.Leave);
            _steering = null;
        }
    }

    private Member? Of(int? generation) =>
        generation is null ? null : _members.Find(m => m.Generation == generation && !m.Departed);

    private Member? InGroup(int? generation) => Of(generation) is { } member && _order.IndexOf(member) >= 0 ? member : null;

    /// <summary>
    /// Who gets what nobody else gets: whom the route names; while it names nobody that is there, the waiting room, or the generation that
    /// it was given to; if there is none, whoever had it.
    /// </summary>
    private Member? Target() =>
        InGroup(_route.Main) ?? _heir ?? Room ?? (_steering is { Main.Departed: false } ? _steering.Main : _order.Members.FirstOrDefault(m => !m.Departed));

    /// <summary>Makes the kernel do what the route says. Needed after each change of the order too.</summary>
    private void Steer(Member? pinned = null)
    {
        if (Target() is { } main)
        {
            var candidate = main == InGroup(_route.Main) ? InGroup(_route.Candidate) : null;
            _steering = new Steering(main, candidate, _route.Percent);
            Attach(pinned);
        }
    }

    private void Attach(Member? pinned)
    {
        var (main, candidate, percent) = _steering!;
        if (_order.IndexOf(main) is >= 0 and var index)
        {
            ReusePort.Attach(main.Fd.Number, SteeringProgram.Build(
                index,
                candidate is null ? null : (_order.IndexOf(candidate), percent),
                pinned is null ? null : _order.IndexOf(pinned)));
        }
    }
}
