using Aeterna.Linux;
using Aeterna.Listeners.Traffic;

namespace Aeterna.Broker;

/// <summary>A <see cref="SocketBroker"/> as plain data, for a successor of this engine.</summary>
internal sealed record BrokerState
{
    /// <summary>The notification descriptor.</summary>
    public required int Listener { get; init; }

    /// <summary>The lowest descriptor that a relayed connection may have.</summary>
    public required int FirstLeg { get; init; }

    /// <summary>The relayed connections that processes have.</summary>
    public required IReadOnlyList<GivenLegState> Legs { get; init; }

    /// <summary>Sockets under names of their processes' own.</summary>
    public required IReadOnlyList<OwnName> Names { get; init; }

    /// <summary>Calls that have been received and wait for a client.</summary>
    public required IReadOnlyList<ParkedCallState> Parked { get; init; }

    /// <summary>The memory with all calls that have been received and are not answered (<see cref="ReceivedCalls"/>); null: there is none.</summary>
    public int? Received { get; init; }
}

/// <summary>A connection that a process has under a number; it is named by the engine's end.</summary>
internal sealed record GivenLegState(int Process, int Number, int OwnEnd);

/// <summary>What a predecessor knew.</summary>
/// <param name="State">That.</param>
/// <param name="Legs">The connections to generations, by the engine's ends.</param>
internal sealed record BrokerBefore(BrokerState State, IReadOnlyDictionary<int, IRelayLeg> Legs);

/// <summary>A notification as the kernel gave it (<c>struct seccomp_notif</c>).</summary>
internal sealed record ParkedCallState(ulong Id, uint Pid, uint Flags, int Nr, uint Arch, ulong InstructionPointer, IReadOnlyList<ulong> Arguments)
{
    public static unsafe ParkedCallState Of(SeccompNotif notification)
    {
        var data = notification.Data;
        return new ParkedCallState(
            notification.Id, notification.Pid, notification.Flags, data.Nr, data.Arch, data.InstructionPointer, new ReadOnlySpan<ulong>(data.Args, 6).ToArray());
    }

    public unsafe SeccompNotif Notification()
    {
        var data = new SeccompData { Nr = Nr, Arch = Arch, InstructionPointer = InstructionPointer };
        Arguments.Take(6).ToArray().CopyTo(new Span<ulong>(data.Args, 6));
        return new SeccompNotif { Id = Id, Pid = Pid, Flags = Flags, Data = data };
    }
}

/// <content>From one engine to the next. Calls that nobody has received wait in the kernel meanwhile.</content>
internal sealed partial class SocketBroker
{
    /// <summary>Answers the calls that have been received, and receives none until <see cref="GoOn"/>.</summary>
    public void HoldStill()
    {
        _isHeld = true;
        _stop.Set();
        _thread?.Join();
        _receivers?.Dispose();
        (_thread, _receivers) = (null, null);
    }

    /// <summary>Ends <see cref="HoldStill"/>; also in a successor, which answers what its predecessor had not answered. Can be called again when it has failed.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory, or no descriptor, for a thread.</exception>
    public void GoOn()
    {
        _stop.Clear();
        _isHeld = false;
        _receivers ??= NewReceivers();
        _thread ??= NewThread();
        foreach (var parked in _parked)
        {
            if (!IsGiven(parked))
            {
                AnswerOne(parked);
            }
        }

        _parked = [];
    }

    /// <summary>Ends a call whose process has what it waits for: a predecessor died before it could say under which number.</summary>
    private bool IsGiven(SeccompNotif parked)
    {
        var caller = new Caller(_listener.Number, parked, _groups);
        try
        {
            if (_received.GivenTo(parked.Id, caller.Process) is not { } number)
            {
                return false;
            }

            caller.AnswerWith(number);
        }
        catch (CallerGoneException)
        {
            // Nobody waits.
        }

        _received.Answered(parked.Id);
        return true;
    }

    /// <summary>It as plain data; while it is held still.</summary>
    public BrokerState State() => new()
    {
        Listener = _listener.Number,
        FirstLeg = _subject.FirstLeg,
        Legs = _legs.State(),
        Names = _names.All(),
        Parked = [.. _accept.Parked().Select(ParkedCallState.Of)],
        Received = _received.Memory.Number,
    };

    /// <summary>Knows what a predecessor knew. Before any call is received.</summary>
    private void Take(BrokerState state, IReadOnlyDictionary<int, IRelayLeg> legs)
    {
        foreach (var given in state.Legs)
        {
            if (legs.TryGetValue(given.OwnEnd, out var leg))
            {
                _legs.Take(given.Process, given.Number, leg);
            }
        }

        foreach (var name in state.Names)
        {
            _names.Note(name);
        }
    }
}
