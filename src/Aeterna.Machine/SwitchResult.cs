namespace Aeterna.Machine;

/// <summary>A switch that is under way and not answered yet.</summary>
internal sealed record PendingSwitch(int From, int To);

/// <summary>How a switch of all traffic from one generation to another ended.</summary>
/// <param name="Outcome">Who has the traffic.</param>
/// <param name="Why">What there is to say of it; always, when it was not plainly switched.</param>
/// <param name="PausedMs">From the moment at which the old one got nothing more to the moment at which the new one went on.</param>
/// <param name="FramesMoved">Frames and datagrams that were taken back from one generation and given to another.</param>
internal sealed record SwitchResult(SwitchOutcome Outcome, string? Why = null, double? PausedMs = null, long FramesMoved = 0)
{
    /// <summary>The new one has the traffic.</summary>
    public bool CameAbout => Outcome is SwitchOutcome.Switched or SwitchOutcome.Forced;
}

internal enum SwitchOutcome
{
    /// <summary>The new one has the traffic, and the old one is frozen, with nothing in hand; or dead.</summary>
    Switched,

    /// <summary>The new one has the traffic, and the old one did not come to rest: it is frozen with what it has in hand.</summary>
    Forced,

    /// <summary>The old one has the traffic as before, and the new one is dead: it was killed, or died, before it had read anything.</summary>
    Recalled,

    /// <summary>Nothing was begun: the old one has the traffic, and the new one runs without.</summary>
    Refused,
}
