using Aeterna.Linux;
using Aeterna.Listeners.Steering;
using Aeterna.Machine.Plans;

namespace Aeterna.Listeners;

/// <content>Several shared sockets of one address, of which generations may have different numbers.</content>
internal sealed partial class ListenerTable
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(5);

    // A connection whose handshake is under way comes to the queue a moment later.
    private const int LooksThatCount = 4;

    private readonly Dictionary<SocketKey, ReuseGroup> _groups = [];
    private readonly HashSet<int> _retired = [];

    /// <inheritdoc/>
    public async Task Retire(int generation, TimeSpan patience)
    {
        lock (_gate)
        {
            _retired.Add(generation);
            DirectGroups();
        }

        var deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        for (var empty = 0; empty < LooksThatCount && HasLeftOut() && Environment.TickCount64 < deadline;)
        {
            empty = WaitsInLeftOut(generation) ? 0 : empty + 1;
            await Task.Delay(_look).ConfigureAwait(false);
        }
    }

    private static SocketKey GroupKey(HeldSocket held) => held.Key with { Ordinal = 0 };

    private bool HasLeftOut()
    {
        lock (_gate)
        {
            return _groups.Values.Any(g => g.LeftOut.Count > 0);
        }
    }

    private bool WaitsInLeftOut(int generation)
    {
        lock (_gate)
        {
            return _groups.Values.SelectMany(g => g.LeftOut).Any(h => h.Serving.Contains(generation) && Waiting(h) > 0);
        }
    }

    private static long Waiting(HeldSocket held) =>
        held.Key.Address.IsStream ? SocketQueues.Waiting(held.Fd.Number) : SocketQueues.Of(held.Fd.Number).Unread;

    /// <summary>A generation that reads more TCP sockets than another would leave some behind that nobody reads: it gets those that are there once more.</summary>
    private SocketKey WithoutMore(BindCall call, SocketKey key)
    {
        if (key.Ordinal == 0 || key.Address.Scheme != ListenerScheme.Tcp)
        {
            return key;
        }

        var others = _byKey.Values.Count(h => GroupKey(h) == key with { Ordinal = 0 } && h.Bound.Any(g => g != call.Generation));
        return others > 0 && key.Ordinal >= others ? key with { Ordinal = key.Ordinal % others } : key;
    }

    private void JoinGroup(HeldSocket held)
    {
        if (held.Input is not null || held.Key.Address.Endpoint is null || Libc.GetOption(held.Fd.Number, Libc.SOL_SOCKET, Libc.SO_REUSEPORT) != 1)
        {
            return;
        }

        if (!_groups.TryGetValue(GroupKey(held), out var group))
        {
            _groups[GroupKey(held)] = group = new ReuseGroup();
        }

        group.Join(held);
        DirectGroups();
    }

    private void DirectGroups()
    {
        foreach (var (key, group) in _groups.ToList())
        {
            if (!group.Settle())
            {
                Looks().Change(_look, _interval);
            }
            else if (group.IsEmpty)
            {
                _groups.Remove(key);
            }

            Direct(group);
        }
    }

    private void Direct(ReuseGroup group, HeldSocket? next = null)
    {
        try
        {
            group.Direct(h => h.Serving.Any(g => !_retired.Contains(g)), next);
        }
        catch (LinuxException e)
        {
            ListenerLog.NotDirected(log, e.Message);
        }
    }

    private ReuseGroup? GroupOf(HeldSocket held) => held.Input is null ? _groups.GetValueOrDefault(GroupKey(held)) : null;

    /// <summary>Closes a member: what waits in it goes to the others of its group, as far as that can be done.</summary>
    private void LeaveGroup(HeldSocket held, ReuseGroup group)
    {
        var wasLeftOut = group.LeftOut.Contains(held);
        Direct(group, next: held);
        var waiting = Waiting(held);
        if (waiting > 0 && held.Key.Address.IsStream)
        {
            SteeringLog.ConnectionsLost(log, waiting, held.Key.Address);
        }
        else if (waiting > 0 && wasLeftOut)
        {
            using var carrier = new Carrier(held.Key.Address.Endpoint!, log);
            carrier.Carry(held.Fd);
        }

        held.Dispose();
        group.Leave(held);
        DirectGroups();
    }
}
