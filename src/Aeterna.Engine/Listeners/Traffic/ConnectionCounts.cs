namespace Aeterna.Listeners.Traffic;

/// <summary>
/// The relayed connections that a generation got, and how many of them it has turned away: closed within some seconds, while the client had not ended, or with something unread.
/// </summary>
/// <param name="Waiting">Connections that it has not accepted yet.</param>
/// <param name="Moved">Connections that it has accepted, and that another generation had before.</param>
/// <param name="MovedAway">Of those, turned away.</param>
/// <param name="New">Connections that it has accepted, and that no other generation had before; of those that went on to another one since, none.</param>
/// <param name="NewAway">Of those, turned away.</param>
internal readonly record struct ConnectionCounts(long Waiting, long Moved, long MovedAway, long New, long NewAway)
{
    public static ConnectionCounts operator +(ConnectionCounts one, ConnectionCounts other) =>
        new(one.Waiting + other.Waiting, one.Moved + other.Moved, one.MovedAway + other.MovedAway, one.New + other.New, one.NewAway + other.NewAway);

    /// <summary>One that was accepted.</summary>
    public static ConnectionCounts Accepted(bool wasMoved) => wasMoved ? new(0, 1, 0, 0, 0) : new(0, 0, 0, 1, 0);

    /// <summary>One that was turned away.</summary>
    public static ConnectionCounts Away(bool wasMoved) => wasMoved ? new(0, 1, 1, 0, 0) : new(0, 0, 0, 1, 1);
}
