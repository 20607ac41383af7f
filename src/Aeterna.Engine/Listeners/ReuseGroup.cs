using Aeterna.Linux;
using Aeterna.Listeners.Steering;

namespace Aeterna.Listeners;

/// <summary>
/// The held sockets of one address, among which the kernel chooses by the sender (SO_REUSEPORT). One that no program reads any more would still be
/// chosen, and who comes to it would wait for ever: then a program of ours chooses among the others. Guarded by the table's lock.
/// </summary>
internal sealed class ReuseGroup
{
    private readonly GroupOrder<HeldSocket> _order = new();
    private readonly List<HeldSocket> _leaving = [];
    private bool _isDirected;

    /// <summary>Those that get nothing new.</summary>
    public IReadOnlyList<HeldSocket> LeftOut { get; private set; } = [];

    /// <summary>Goes on with a predecessor's, in the kernel's order.</summary>
    public static ReuseGroup From(IEnumerable<HeldSocket> members, bool isDirected)
    {
        var group = new ReuseGroup { _isDirected = isDirected };
        foreach (var member in members)
        {
            group.Join(member);
        }

        return group;
    }

    /// <summary>It as plain data.</summary>
    /// <param name="place">Finds a socket among all.</param>
    public ReuseGroupState State(Func<HeldSocket, int> place) => new([.. _order.Members.Select(place)], _isDirected);

    /// <summary>Whether nobody is in it.</summary>
    public bool IsEmpty => _order.Members.Count == 0;

    /// <summary>A socket is in the group from its bind(2) on, or, TCP, its listen(2). Called again it does nothing.</summary>
    public void Join(HeldSocket held)
    {
        if (_order.IndexOf(held) < 0)
        {
            _order.Join(held);
        }
    }

    /// <summary>A socket has been closed. It leaves the group when nobody has it open any more.</summary>
    public void Leave(HeldSocket held)
    {
        _leaving.Add(held);
        Settle();
    }

    /// <summary>
    /// Takes note of who has left the kernel's group by now. One that has been closed here may be there a moment longer: every process that the
    /// engine starts has copies of all descriptors until its exec(2).
    /// </summary>
    /// <returns>Whether all have left that were to.</returns>
    public bool Settle()
    {
        foreach (var held in _leaving.Where(h => !IsThere(h)).ToList())
        {
            _leaving.Remove(held);
            _order.Leave(held);
        }

        return _leaving.Count == 0;
    }

    /// <summary>Directs what comes to those that are read; when none is, to the first, which the next generation binds whatever number it binds.</summary>
    /// <param name="isRead">Whether a program reads from it.</param>
    /// <param name="next">One that is about to be closed; the program stays right while it leaves.</param>
    /// <exception cref="LinuxException">The kernel takes no program (ENOMEM).</exception>
    public void Direct(Func<HeldSocket, bool> isRead, HeldSocket? next = null)
    {
        var members = _order.Members;
        if (members.Count < 2 && !_isDirected)
        {
            return;
        }

        List<HeldSocket> open = [.. members.Where(m => m != next && !_leaving.Contains(m))];
        List<HeldSocket> read = [.. open.Where(isRead)];
        if (read.Count == 0 && open.Count > 0)
        {
            read.Add(open.MinBy(m => m.Key.Ordinal)!);
        }

        LeftOut = [.. open.Except(read)];
        if (next is not null && read.Count > 1)
        {
            read.Remove(members[^1]); // It takes the leaving one's index.
        }

        if (read.Count > 0 && read.Count < members.Count)
        {
            var v6 = read[0].Key.Address.Endpoint!.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
            ReusePort.Attach(read[0].Fd.Number, SteeringProgram.Spread([.. read.Select(_order.IndexOf)], v6));
            _isDirected = true;
        }
        else if (_isDirected && read.Count > 0)
        {
            _isDirected = !ReusePort.Detach(read[0].Fd.Number);
        }
    }

    private static bool IsThere(HeldSocket held) =>
        held is { Inode: { } inode, Key.Address: { Endpoint: { } endpoint } address } && InetDiag.IsThere(endpoint, address.IsStream, inode);
}
