using System.Diagnostics;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay.Sessions;

/// <summary>Where a session is going.</summary>
/// <remarks>
/// A course stands beside one fact of the current leg: whether its generation was told that the client has ended (<see cref="Leg.IsTold"/>).
/// These pairs exist, and no others:
/// <code>
///   Settled    not told   it is given what comes, and goes where it is directed
///   Leaving    not told   it is given the rest of a frame that was begun, and goes on when all was read
///   Finished   told       there is nothing more to give: it ends when all was read and answered
///   Dismissed  not told   it cannot move: it is given what comes until its client is silent, and ends when all was read
///   Dismissed  told       the same, and its client has ended
///   Over       no leg     the connection is no more
/// </code>
/// Who is finished or dismissed has a leg; who is settled or leaves may have none. Only a stream with frames leaves, and only one without is
/// dismissed. A leg that is lost takes with it that the client's end was told.
/// </remarks>
internal enum Course
{
    Settled,
    Leaving,
    Finished,
    Dismissed,
    Over,
}

/// <summary>The course of one session. Only for its loop's thread.</summary>
internal struct CourseKeeper
{
    private static readonly (Course From, Course To)[] _table =
    [
        (Course.Settled, Course.Leaving), // It is directed to another generation, or to none.
        (Course.Settled, Course.Finished), // The client has ended, and all was given.
        (Course.Settled, Course.Dismissed), // No other generation may be given anything, and it has no frames.
        (Course.Settled, Course.Over),

        (Course.Leaving, Course.Settled), // It has gone on, was recalled, or its generation is no more.
        (Course.Leaving, Course.Finished), // The client has ended, and what may be given is all that there was.
        (Course.Leaving, Course.Over),

        (Course.Finished, Course.Settled), // Its generation is no more, or never had it: another one is given what was not read, and the end.
        (Course.Finished, Course.Dismissed), // As a settled one.
        (Course.Finished, Course.Over),

        (Course.Dismissed, Course.Over),
    ];

    /// <summary>All changes that there are.</summary>
    public static IReadOnlyList<(Course From, Course To)> Table => _table;

    /// <summary>The course.</summary>
    public Course Now { get; private set; }

    /// <summary>Since when, by <see cref="Stopwatch.GetTimestamp"/>: CLOCK_MONOTONIC.</summary>
    public long Since { get; private set; }

    /// <summary>For how long.</summary>
    public readonly TimeSpan Age => Stopwatch.GetElapsedTime(Since);

    /// <summary>A settled one, from now on.</summary>
    public static CourseKeeper Begin() => new() { Since = Stopwatch.GetTimestamp() };

    /// <summary>One that was on its way in a predecessor.</summary>
    public static CourseKeeper From(Course now, long since) => new() { Now = now, Since = since };

    /// <summary>Changes the course.</summary>
    /// <exception cref="InvalidOperationException">There is no such change: a bug, by which this one connection ends.</exception>
    public void Turn(Course to)
    {
        if (Array.IndexOf(_table, (Now, to)) < 0)
        {
            throw new InvalidOperationException($"a connection that is {Now} cannot become {to}");
        }

        (Now, Since) = (to, Stopwatch.GetTimestamp());
    }
}
