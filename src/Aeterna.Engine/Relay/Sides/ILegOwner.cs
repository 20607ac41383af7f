using Aeterna.Relay.Loop;

namespace Aeterna.Relay.Sides;

/// <summary>The session of a leg, as the leg needs it.</summary>
internal interface ILegOwner
{
    /// <summary>The loop that serves it; may be read from any thread.</summary>
    EventLoop Loop { get; }

    /// <summary>Its client.</summary>
    ClientSide Client { get; }

    /// <summary>The generation is about to close its end. On the loop's thread, as all that follow but one.</summary>
    void Closing(Leg leg, int process);

    /// <summary>There is room in the generation's queue again.</summary>
    void ConnectAgain(Leg leg);

    /// <summary>It is the leg's turn to be accepted, and there is no descriptor for it.</summary>
    void CannotBeAccepted(Leg leg);

    /// <summary>A generation has accepted it. On any thread.</summary>
    void WasAccepted(Leg leg);

    /// <summary>Something has happened on the engine's end.</summary>
    void LegReady(Leg leg, uint events);

    /// <summary>It cannot go on.</summary>
    void Fail(Exception error);
}
