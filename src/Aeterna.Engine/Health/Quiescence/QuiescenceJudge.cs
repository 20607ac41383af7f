using Aeterna.Generations;
using Aeterna.Linux;

namespace Aeterna.Health.Quiescence;

/// <summary>
/// Decides from what was seen of a generation's threads whether it is at rest: it has nothing in hand. Pure: it never changes. A
/// generation is at rest when several looks in a row found every thread waiting for something to come, in a call that can only be
/// ended by that, and none of them having run or written in between. One look says nothing: a program between two steps sleeps too.
/// </summary>
internal sealed record QuiescenceJudge
{
    /// <summary>Equal looks in a row that it takes.</summary>
    public const int Looks = 5;

    private readonly Activity? _last;

    private QuiescenceJudge(int equal, Activity? last, string? busy) => (Equal, _last, Busy) = (equal, last, busy);

    /// <summary>Nothing has been seen yet.</summary>
    public static QuiescenceJudge None { get; } = new(0, null, "it has not been looked at");

    /// <summary>Equal looks in a row so far.</summary>
    public int Equal { get; }

    /// <summary>Why it is not at rest, as in "thread 4711 (rs:main Q:Reg) was running"; null when it is.</summary>
    public string? Busy { get; }

    /// <summary>It has nothing in hand.</summary>
    public bool AtRest => Busy is null;

    /// <summary>The same after one more look.</summary>
    public QuiescenceJudge With(Activity seen)
    {
        foreach (var thread in seen.Threads)
        {
            if (WhyBusy(thread) is { } why)
            {
                return new QuiescenceJudge(0, seen, $"thread {thread.Thread} ({thread.Name}) {why}");
            }
        }

        var moved = _last is null || Equal == 0 ? "it had been at rest for a moment only" : Moved(_last, seen);
        var equal = moved is null ? Equal + 1 : 1;
        return new QuiescenceJudge(equal, seen, equal >= Looks ? null : moved ?? "it had been at rest for a moment only");
    }

    private static string? WhyBusy(ThreadActivity thread) => thread switch
    {
        { State: 'R' } => "was running",
        { State: 'D' } when !thread.Function.Contains("seccomp", StringComparison.Ordinal) => "waited for the disk",
        { State: not ('S' or 'D' or 'I') } => "was stopped",
        { Sleeps: true } => thread.Idles ? null : "was in a timed sleep",
        { Call: var call } when !WaitCalls.Native.Contains(call) => "was in a timed sleep or in a call that ends by itself",
        { Call: var call } when call == WaitCalls.Native.Restart_syscall && IsSleep(thread.Function) => "was in a timed sleep",
        { Call: var call, Source: var source } when WaitCalls.Native.IsRead(call) && !CanWait(source) => $"read from {source ?? "a file"}",
        _ => null,
    };

    // A function that the kernel does not tell may be a sleep.
    private static bool IsSleep(string function) => function is "" or "0" || function.Contains("nanosleep", StringComparison.Ordinal);

    // Sockets, pipes, counters, devices and the kernel's own messages make a reader wait; regular files do not, and a timer is a sleep.
    private static bool CanWait(string? source) => source is not null && source != "anon_inode:[timerfd]"
        && (!source.StartsWith('/') || source.StartsWith("/dev/", StringComparison.Ordinal) || source.StartsWith("/proc/", StringComparison.Ordinal));

    private static string? Moved(Activity before, Activity now)
    {
        if (before.Written != now.Written)
        {
            return "it was writing";
        }

        if (before.Threads.Count != now.Threads.Count)
        {
            return "it started or ended threads";
        }

        for (var i = 0; i < now.Threads.Count; i++)
        {
            if (now.Threads[i] != before.Threads[i])
            {
                return $"thread {now.Threads[i].Thread} ({now.Threads[i].Name}) worked from time to time";
            }
        }

        return null;
    }
}
