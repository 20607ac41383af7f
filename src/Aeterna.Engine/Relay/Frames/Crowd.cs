namespace Aeterna.Relay.Frames;

/// <summary>One who holds memory for what is not finished: the beginning of a frame, or answers that are not taken.</summary>
internal interface IUnfinished
{
    /// <summary>Bytes that wait for nobody but its client.</summary>
    long Unfinished { get; }

    /// <summary>Bytes of memory that it takes for them, or more.</summary>
    long Held { get; }

    /// <summary>Ends it, so that others have its memory.</summary>
    void Refuse();
}

/// <summary>
/// Who holds memory of one pool. When there is no more, the one with the most unfinished bytes has to go, and nobody else: but only where
/// such bytes are what fills the memory. What waits for a generation comes to an end by itself, and until then clients wait.
/// </summary>
internal sealed class Crowd
{
    // A look at all of them is not worth much when the last one has found nobody.
    private const long PauseMilliseconds = 50;

    private readonly List<IEnumerable<IUnfinished>> _members = [];
    private long _nobodyUntil;

    /// <summary>These hold memory, as long as they are in the list.</summary>
    public void Join(IEnumerable<IUnfinished> members) => _members.Add(members);

    /// <summary>They do not any more.</summary>
    public void Leave(IEnumerable<IUnfinished> members) => _members.Remove(members);

    /// <summary>Ends the one with the most unfinished bytes, if unfinished bytes take half of the memory or more.</summary>
    /// <param name="most">The bound of the memory.</param>
    /// <returns>Whether one had to go.</returns>
    public bool MakeRoom(long most)
    {
        if (Environment.TickCount64 < _nobodyUntil)
        {
            return false;
        }

        IUnfinished? largest = null;
        long sum = 0;
        foreach (var one in _members.SelectMany(members => members))
        {
            var unfinished = one.Unfinished;
            sum += unfinished > 0 ? one.Held : 0;
            largest = unfinished > (largest?.Unfinished ?? 0) ? one : largest;
        }

        if (largest is null || sum < most / 2)
        {
            _nobodyUntil = Environment.TickCount64 + PauseMilliseconds;
            return false;
        }

        largest.Refuse();
        return true;
    }
}
