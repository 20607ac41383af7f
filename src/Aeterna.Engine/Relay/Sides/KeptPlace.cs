using Aeterna.Relay.Frames;
using Aeterna.Relay.Kept;

namespace Aeterna.Relay.Sides;

/// <summary>
/// A session's place in the memory that outlives the engine: what is known of it is written there after each step, so that at any moment either the step before counts or the one after,
/// and what a step is about to do is announced. Only for the session's loop.
/// </summary>
/// <param name="kept">The memory.</param>
/// <param name="place">The place.</param>
/// <param name="loop">Number of the loop.</param>
internal sealed unsafe class KeptPlace(KeptRelays kept, int place, int loop)
{
    private readonly KeptSessions.Place* _place = kept.Sessions.At(place);
    private readonly KeptSessions.Intent* _intent = kept.Sessions.IntentOf(loop);
    private readonly int* _descriptors = kept.Sessions.Of(place);
    private Leg? _leg;

    /// <summary>Where the client's descriptor is noted: 0 before it is closed.</summary>
    public int* Client => _descriptors;

    /// <summary>Has the step that was made count.</summary>
    public void Write(FrameStream stream, ClientSide client, Leg? leg, bool isForeign)
    {
        if (leg != _leg)
        {
            Enter(leg);
        }

        var next = 1 - _place->Valid;
        var to = next == 0 ? &_place->First : &_place->Second;
        stream.Write(to);
        to->From = leg?.From ?? 0;
        (to->IsForeign, to->HasEnded) = (isForeign ? (byte)1 : (byte)0, client.HasEnded ? (byte)1 : (byte)0);
        (to->IsTold, to->HasAnswers) = (leg is { IsTold: true } ? (byte)1 : (byte)0, client.HasAnswers ? (byte)1 : (byte)0);
        if (client.HasAnswers)
        {
            (to->AnswersAt, to->AnswersLength) = (kept.Blocks.OffsetOf(client.AnswersMemory), (int)client.AnswersLeft);
            to->AnswersEnd = client.Written < 0 ? -1 : client.Written + client.AnswersLeft;
        }

        Volatile.Write(ref _place->Valid, next);
        (_intent->Receives, _intent->Gives, _intent->Answers) = (0, 0, 0);
    }

    /// <summary>It is about to receive.</summary>
    /// <param name="into">Where.</param>
    public void WillReceive(byte* into)
    {
        _intent->At = kept.Blocks.OffsetOf(into);
        Volatile.Write(ref _intent->Receives, place + 1);
    }

    /// <summary>It is about to give the generation something.</summary>
    /// <param name="from">Where in the stream that begins.</param>
    /// <param name="bytes">How much.</param>
    public void WillGive(long from, long bytes)
    {
        (_intent->GivesFrom, _intent->GivesBytes) = (from, bytes);
        Volatile.Write(ref _intent->Gives, place + 1);
    }

    /// <summary>It is about to pass an answer on.</summary>
    /// <param name="leg">From there.</param>
    /// <param name="into">To here.</param>
    /// <param name="client">And from here to this one.</param>
    public void WillAnswer(Leg leg, byte* into, ClientSide client)
    {
        leg.CountTaken();
        client.CountWritten();
        (_intent->AnswersFrom, _intent->AnswersTaken, _intent->AnswersWritten) = (leg.Fd, leg.Taken, client.Written);
        _intent->AnswersAt = kept.Blocks.OffsetOf(into);
        Volatile.Write(ref _intent->Answers, place + 1);
    }

    /// <summary>It has, or there was none.</summary>
    public void HasAnswered() => _intent->Answers = 0;

    /// <summary>Leaves the place; before any of its descriptors is closed.</summary>
    public void Leave()
    {
        _leg?.Keep(null, null);
        kept.Sessions.Leave(place);
    }

    private void Enter(Leg? leg)
    {
        _leg?.Keep(null, null);
        (_descriptors[1], _descriptors[2]) = (0, 0);
        _leg = leg;
        if (leg is not null)
        {
            _place->Generation = leg.Generation;
            leg.Keep(_place, _descriptors);
        }
    }
}
