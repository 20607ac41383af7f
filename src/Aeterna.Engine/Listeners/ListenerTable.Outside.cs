using Aeterna.Linux;
using Aeterna.Listeners.Outside;
using Aeterna.Listeners.Steering;
using Aeterna.Machine;
using Aeterna.Machine.Plans;

namespace Aeterna.Listeners;

/// <content>Sockets of a daemon that the engine has not started, held as if one of its generations had bound them.</content>
internal sealed partial class ListenerTable
{
    private readonly List<HeldSocket> _outside = [];
    private int _outsideGeneration;

    /// <summary>Holds them. Until <see cref="TakeOver"/> their traffic is the daemon's, as before.</summary>
    /// <param name="generation">The number by which the daemon is known from here on.</param>
    /// <param name="service">The service.</param>
    /// <param name="sockets">What was found; stays the caller's.</param>
    /// <param name="pids">The daemon's processes, the main one first.</param>
    /// <returns>What is done with them together; the caller's.</returns>
    /// <exception cref="LinuxException">EMFILE; a group of datagram sockets cannot be made. What was done is undone by <see cref="LetGo()"/>.</exception>
    public OutsideSockets TakeIn(int generation, ServicePlan service, IReadOnlyList<OutsideSocket> sockets, Func<IReadOnlyList<int>> pids)
    {
        (_plans, _outsideGeneration, _askedFor) = (service.Listeners, generation, generation);
        Traffic.Direct(new Route(generation));
        lock (_gate)
        {
            _running = _running.Add(generation);
            _mainProcesses[generation] = pids()[0];
        }

        foreach (var socket in sockets)
        {
            TakeIn(generation, service.HandoffOf(socket.Key.Address), socket);
        }

        Looks();
        var directed = sockets.Count(s => IsDirected(service.HandoffOf(s.Key.Address)));
        return new OutsideSockets(this, sockets, pids) { AllDirected = directed == sockets.Count, AnyDirected = directed > 0 };
    }

    /// <summary>The engine reads and accepts from here on.</summary>
    public void TakeOver()
    {
        foreach (var input in Outside().Select(h => h.Input).OfType<IOutsideInput>())
        {
            input.Outside = 0;
        }
    }

    /// <summary>Holds them no more; their names stay.</summary>
    public void LetGo()
    {
        foreach (var held in Outside())
        {
            (held.Input as SteeredInput)?.GiveBack(_outsideGeneration);
            lock (_gate)
            {
                held.File?.Dispose();
                held.File = null;
                Remove(held);
                _outside.Remove(held);
            }
        }

        CloseRemoved();
    }

    private static bool IsDirected(Handoff handoff) => handoff is Handoff.Relay or Handoff.Steered;

    private List<HeldSocket> Outside()
    {
        lock (_gate)
        {
            return [.. _outside];
        }
    }

    private void TakeIn(int generation, Handoff handoff, OutsideSocket socket)
    {
        var key = socket.Key;
        var held = Make(key, handoff == Handoff.Steered ? null : socket.Copy(), handoff);
        held.File = socket.Place is { } place ? new SocketFile(place.Copy(), place.Socket(), Rights.Of(socket.Seen.Process)) : null;
        held.Backlog = key.Address.IsStream ? socket.Backlog ?? 0 : null;
        held.Seen = socket.Seen;
        held.Input = handoff switch
        {
            Handoff.Steered => Steered(generation, socket),
            Handoff.Relay => inputs.Relay(key.Address, held.Fd, generation),
            _ => null,
        };
        lock (_gate)
        {
            _outside.Add(held);
            Add(held);
            held.Bound.Add(generation);
            held.Serving.Add(generation);
            if (held.Input?.PrivateInode(generation) is { } inode)
            {
                _private[inode] = (held, generation);
            }

            JoinGroup(held);
        }

        if (held.Input is { } input)
        {
            Traffic.Add(input);
        }
        else
        {
            ReceiveBuffer.Widen(held, PlanFor(key.Address)?.ReceiveBuffer ?? ReceiveBuffer.Default, null);
        }
    }

    private SteeredInput Steered(int generation, OutsideSocket socket)
    {
        var input = new SteeredInput(socket.Key.Address, PlanFor(socket.Key.Address), g => _running.Contains(g), log);
        try
        {
            input.TakeIn(generation, socket.Copy());
            return input;
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }
}
