using System.Collections.Immutable;
using Aeterna.Listeners.Traffic;

namespace Aeterna.Health;

/// <summary>
/// Decides from looks at what lies before a generation whether it reads what it is given: whether there is an input of which it has read nothing over
/// <see cref="Window"/> while something lay there at every look. Each input for itself, since a program may hang with one of its hands alone; and by what is read,
/// since a program that hangs may still wake up by the clock, or accept. Pure: it never changes.
/// </summary>
internal sealed record ReadingJudge
{
    /// <summary>For so long nothing may be read.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly ImmutableDictionary<string, (TimeSpan Since, long Read)> _left;

    private ReadingJudge(ImmutableDictionary<string, (TimeSpan, long)> left, string? neglected) => (_left, Neglected) = (left, neglected);

    /// <summary>Nothing has been seen yet.</summary>
    public static ReadingJudge None { get; } = new(ImmutableDictionary<string, (TimeSpan, long)>.Empty, null);

    /// <summary>The address of an input of which it reads nothing; null: there is none, as far as is known.</summary>
    public string? Neglected { get; }

    /// <summary>At the last look nothing lay there.</summary>
    public bool HasReadAll => _left.IsEmpty;

    /// <summary>The judge after one more look.</summary>
    /// <param name="at">When, on a clock that only goes forward.</param>
    /// <param name="seen">What was seen.</param>
    public ReadingJudge With(TimeSpan at, IReadOnlyList<(string Address, Leftover Leftover)> seen)
    {
        var left = ImmutableDictionary.CreateBuilder<string, (TimeSpan, long)>();
        string? neglected = null;
        foreach (var (address, now) in seen.Where(s => s.Leftover.IsThere))
        {
            var since = _left.TryGetValue(address, out var before) && now.Read <= before.Read ? before.Since : at;
            left[address] = (since, now.Read);
            neglected ??= at - since >= Window ? address : null;
        }

        return new ReadingJudge(left.ToImmutable(), neglected);
    }
}
