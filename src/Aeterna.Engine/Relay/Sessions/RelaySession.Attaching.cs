using Aeterna.Linux;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay.Sessions;

/// <content>Coming to a generation: legs that are opened beforehand, taken, and accepted.</content>
internal sealed partial class RelaySession
{
    /// <summary>Opens a leg to a generation beforehand.</summary>
    public void Prepare(int generation)
    {
        if (_course.Now is Course.Settled or Course.Leaving && IsFramed)
        {
            _legs.Open(generation);
        }
    }

    /// <summary>Takes the leg of the wanted generation as the current one, when there is none and it can be had.</summary>
    public void Attach()
    {
        if (IsOver || _legs.Current is not null || _wanted is not { } wanted || !MayAttach || _legs.Open(wanted) is not { } leg)
        {
            return;
        }

        leg.Owed = _isForeign ? default : _stream.Enter(leg.Side.Rules);
        leg.From = _stream.Sent;
        if (leg.Side.CountsReads && leg.AcceptedEnd is { } end)
        {
            SocketQueues.CountTaken(end.Number); // From here on; it has read all of before.
        }

        _legs.Current = leg;
        NoteAttached(leg);
        Note();
    }

    /// <summary>The same, and goes on with it.</summary>
    public void AttachAndPump()
    {
        Attach();
        Pump();
    }

    /// <summary>There may be room for a leg that could not be connected.</summary>
    public void ConnectAgain(Leg leg)
    {
        try
        {
            if (!IsOver && leg.Number is null && !leg.IsGone && !_legs.Connect(leg))
            {
                _legs.Close(leg);
            }

            Pump();
        }
        catch (LinuxException e)
        {
            Fail(e);
        }
    }

    /// <summary>A generation would accept a leg, and there is no descriptor for it.</summary>
    public void CannotBeAccepted(Leg leg) => _shard.Starve(leg.Side, new LinuxException("accept4", Errno.EMFILE));

    /// <summary>A generation has accepted a leg. On any thread.</summary>
    public void WasAccepted(Leg leg)
    {
        if (!IsFramed)
        {
            Loop.Post(Pump); // It has waited for that.
        }
    }
}
