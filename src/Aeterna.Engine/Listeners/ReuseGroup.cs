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
    private bool _isDirected;

    /// <summary>Those that get nothing new.</summary>
    public IReadOnlyList<HeldSocket> LeftOut { get; private set; } = [];

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

    /// <summary>A socket has left the group: it has been closed everywhere.</summary>
    public void Leave(HeldSocket held) => _order.Leave(held);

    /// <summary>Directs what comes to those that are read; when none is, to the first, which the next generation binds whatever number it binds.</summary>
    /// <exception cref="LinuxException">The kernel takes no program (ENOMEM).</exception>
    public void Direct(Func<HeldSocket, bool> isRead)
    {
        var members = _order.Members;
        if (members.Count < 2 && !_isDirected)
        {
            return;
        }

        List<HeldSocket> read = [.. members.Where(isRead)];
        if (read.Count == 0 && members.Count > 0)
        {
            read.Add(members.MinBy(m => m.Key.Ordinal)!);
        }

        LeftOut = [.. members.Except(read)];
        if (LeftOut.Count > 0)
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
}
