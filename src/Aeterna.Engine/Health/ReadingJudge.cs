using System.Collections.Immutable;
using Aeterna.Generations;
using Aeterna.Listeners.Traffic;

namespace Aeterna.Health;

/// <summary>
/// Decides from looks at what lies before a generation whether it hangs: whether there is an input of which it has read nothing for a while, with something
/// lying there at every look. Each input for itself, since a program may hang with one of its hands alone; and by what is read, since a program that hangs may still wake
/// up by the clock, or accept. Pure: it never changes.
/// </summary>
internal sealed record ReadingJudge
{
    /// <summary>Nothing may be read for so long by a program whose threads all wait for something.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(3);

    /// <summary>And for so long by one that works, or would: it may have to wait for a processor, or for the disk.</summary>
    public static readonly TimeSpan BusyWindow = TimeSpan.FromSeconds(15);

    private readonly ImmutableDictionary<string, (TimeSpan Since, long Read)> _left;
    private readonly TimeSpan _at;

    private ReadingJudge(ImmutableDictionary<string, (TimeSpan, long)> left, TimeSpan at) => (_left, _at) = (left, at);

    /// <summary>Nothing has been seen yet.</summary>
    public static ReadingJudge None { get; } = new(ImmutableDictionary<string, (TimeSpan, long)>.Empty, TimeSpan.Zero);

    /// <summary>Whether something has been read since a look of each input before which something lay then and still does.</summary>
    public bool ReadsSince(TimeSpan look) => _left.Values.All(left => left.Since > look);

    /// <summary>The judge after one more look.</summary>
    /// <param name="at">When, on a clock that only goes forward.</param>
    /// <param name="seen">What was seen.</param>
    public ReadingJudge With(TimeSpan at, IReadOnlyList<(string Address, Leftover Leftover)> seen)
    {
        var left = ImmutableDictionary.CreateBuilder<string, (TimeSpan, long)>();
        foreach (var (address, now) in seen.Where(s => s.Leftover.IsThere))
        {
            var since = _left.TryGetValue(address, out var before) && now.Read <= before.Read ? before.Since : at;
            left[address] = (since, now.Read);
        }

        return new ReadingJudge(left.ToImmutable(), at);
    }

    /// <summary>The address of an input before which it hangs; null: there is none, as far as is known.</summary>
    /// <param name="activity">Tells what its threads do at this moment; asked only if it matters.</param>
    public string? Hangs(Func<Activity> activity)
    {
        var longest = _left.OrderBy(left => left.Value.Since).FirstOrDefault();
        var time = longest.Key is null ? TimeSpan.Zero : _at - longest.Value.Since;
        return time >= BusyWindow || (time >= Window && !activity().Works) ? longest.Key : null;
    }
}
