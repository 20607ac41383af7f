using Aeterna.Ledger;
using Aeterna.Listeners.Steering;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;
using Aeterna.Machine.Plans;

namespace Aeterna.Listeners;

/// <content>From one engine to the next. Sockets and the kernel's queues outlive both.</content>
internal sealed partial class ListenerTable
{
    /// <summary>Nothing is directed, read or closed from here on until <see cref="GoOn"/>; the brokers must be still already.</summary>
    public void HoldStill()
    {
        _looks?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        foreach (var input in Inputs())
        {
            input.HoldStill();
        }
    }

    /// <summary>Ends <see cref="HoldStill"/>; also in a successor.</summary>
    public void GoOn()
    {
        foreach (var input in Inputs())
        {
            input.GoOn();
        }

        Looks().Change(_interval, _interval);
    }

    /// <summary>All as plain data; while it is held still, unless only what it is is wanted.</summary>
    /// <param name="bytes">Gets what flows through it; null: that is left out.</param>
    /// <exception cref="LedgerException">No other engine could go on with it at this moment; why.</exception>
    public ListenersState State(LedgerBytes? bytes)
    {
        lock (_gate)
        {
            if (_removed.Count > 0 || _groups.Values.Any(group => !group.Settle()))
            {
                throw new LedgerException("sockets are being closed");
            }

            List<HeldSocket> all = [.. InOrder()];
            return new ListenersState
            {
                Sockets = all.ConvertAll(held => held.State(bytes)),
                Groups = [.. _groups.Values.Where(group => !group.IsEmpty).Select(group => group.State(all.IndexOf))],
                MainProcesses = new Dictionary<int, int>(_mainProcesses),
                Running = [.. _running],
                Closed = Traffic.Closed(),
                AskedFor = _askedFor,
                Missed = [.. _missed.Select(address => KeyState.Of(new SocketKey(address, false, "", 0)))],
                Main = Traffic.Route.Main,
            };
        }
    }

    /// <summary>Takes a predecessor's sockets over, in a table without any. Traffic waits until <see cref="GoOn"/>.</summary>
    /// <param name="state">What is known of them.</param>
    /// <param name="bytes">What they held.</param>
    /// <param name="service">The service as it is served.</param>
    /// <returns>The connections to generations, by the engine's ends.</returns>
    /// <exception cref="LedgerException">Something is missing; why.</exception>
    public IReadOnlyDictionary<int, IRelayLeg> Take(ListenersState state, LedgerBytes bytes, ServicePlan service)
    {
        Dictionary<int, IRelayLeg> legs = [];
        _plans = service.Listeners;
        inputs.Configure(service.Listeners);
        lock (_gate)
        {
            (_running, _askedFor) = ([.. state.Running], state.AskedFor);
            _missed.UnionWith(state.Missed.Select(key => key.Key().Address));
            foreach (var (generation, process) in state.MainProcesses)
            {
                _mainProcesses[generation] = process;
            }

            Traffic.Know(new Route(state.Main), state.Closed);
            var all = state.Sockets.Select(socket => Take(socket, bytes, legs)).ToList();
            foreach (var (order, isDirected) in state.Groups)
            {
                var members = order.Select(place => place >= 0 && place < all.Count ? all[place] : throw new LedgerException("a group of sockets is not all there")).ToList();
                _groups[GroupKey(members[0])] = ReuseGroup.From(members, isDirected);
            }
        }

        return legs;
    }

    private HeldSocket Take(HeldState state, LedgerBytes bytes, Dictionary<int, IRelayLeg> legs)
    {
        var held = HeldSocket.From(state);
        held.Input = state.Input switch
        {
            null => null,
            SteeredState steered => Steered(held.Key.Address, steered),
            var relayed => inputs.Relay(held.Key.Address, held.Fd, relayed, bytes, legs.Add),
        };
        if (held.Input is { } input)
        {
            Traffic.Know(input);
        }

        Add(held);
        foreach (var generation in held.Bound)
        {
            if (held.Input?.PrivateInode(generation) is { } own)
            {
                _private[own] = (held, generation);
            }
        }

        return held;
    }

    private SteeredInput Steered(ListenerAddress address, SteeredState state)
    {
        var input = new SteeredInput(address, PlanFor(address), generation => _running.Contains(generation), log);
        input.Take(state);
        return input;
    }

    private List<ITrafficInput> Inputs()
    {
        lock (_gate)
        {
            return [.. _byKey.Values.Select(held => held.Input).OfType<ITrafficInput>()];
        }
    }
}
