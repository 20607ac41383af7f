using System.Globalization;
using System.Text;

namespace Aeterna.Linux;

/// <summary>What every thread of a process does at this moment (proc(5): task/TID/stat, syscall, schedstat, wchan).</summary>
internal static class ProcThreads
{
    /// <summary>Enough for any of the files read here.</summary>
    private const int MostBytes = 1024;

    /// <summary>The threads of a process; none when it is gone. Reading is no atomic act: a thread may run between two of its files.</summary>
    public static IEnumerable<ThreadActivity> Of(int pid)
    {
        foreach (var tid in ProcFs.Threads(pid))
        {
            if (One(pid, tid) is { } activity)
            {
                yield return activity;
            }
        }
    }

    /// <summary>State and kernel function of every thread, for what only wants to know whether they stand still.</summary>
    public static IEnumerable<(char State, string Function)> Standing(int pid)
    {
        foreach (var tid in ProcFs.Threads(pid))
        {
            var folder = $"/proc/{pid}/task/{tid}/";
            if (State(folder, out _) is { } state)
            {
                yield return (state, state == 'D' ? Text(folder + "wchan") ?? "" : "");
            }
        }
    }

    /// <summary>Bytes that a process has written so far by whatever write call (wchar of /proc/PID/io); 0 when it may not be read.</summary>
    public static long Written(int pid)
    {
        const string name = "wchar: ";
        var line = Text($"/proc/{pid}/io")?.Split('\n').FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
        return line is not null && long.TryParse(line.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : 0;
    }

    private static ThreadActivity? One(int pid, int tid)
    {
        var folder = $"/proc/{pid}/task/{tid}/";
        if (Text(folder + "syscall") is not { } call || State(folder, out var name) is not { } state)
        {
            return null; // It has just ended.
        }

        Span<ulong> arguments = stackalloc ulong[6];
        var number = Call(call, arguments);
        var table = WaitCalls.Native;
        var function = state == 'D' || number == table.Restart_syscall ? Text(folder + "wchan") ?? "" : "";
        return new ThreadActivity
        {
            Thread = tid,
            Name = name,
            State = state,
            Call = number,
            Progress = Text(folder + "schedstat") ?? Switches(tid),
            Function = function,
            Sleeps = state == 'S' && TimedSleep.Is(pid, tid, Original(number, function), arguments),
            Source = table.IsRead(number) ? ProcFs.DescriptorTarget(pid, unchecked((int)arguments[0])) : null,
        };
    }

    private static char? State(string folder, out string name) => Parse(Text(folder + "stat") ?? "", out name);

    /// <summary>State and name from a text of task/TID/stat; null when that is no such text.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="name">The name, which stands in parentheses and may contain anything, parentheses and line ends too.</param>
    internal static char? Parse(string text, out string name)
    {
        var (begin, end) = (text.IndexOf('(', StringComparison.Ordinal), text.LastIndexOf(") ", StringComparison.Ordinal));
        name = end > begin && begin >= 0 ? text[(begin + 1)..end] : "";
        return end >= 0 && end + 2 < text.Length ? text[end + 2] : null;
    }

    /// <summary>The call from a text of task/TID/syscall: "running", "-1 sp pc" (blocked, but in no call), or "number six arguments sp pc".
    /// -1 where it names no call.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="arguments">Room for its six arguments.</param>
    internal static int Call(string text, Span<ulong> arguments)
    {
        var words = text.TrimEnd('\n').Split(' ');
        if (words.Length <= arguments.Length || !int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return -1;
        }

        for (var i = 0; i < arguments.Length; i++)
        {
            var word = words[i + 1];
            if (!word.StartsWith("0x", StringComparison.Ordinal)
                || !ulong.TryParse(word.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out arguments[i]))
            {
                return -1;
            }
        }

        return number;
    }

    // A poll that a stop interrupted goes on as restart_syscall, with its arguments where they were.
    private static int Original(int number, string function)
    {
        var table = WaitCalls.Native;
        return number == table.Restart_syscall && table.Poll >= 0 && function.Contains("poll", StringComparison.Ordinal) ? table.Poll : number;
    }

    // Where the kernel keeps no schedstat.
    private static string Switches(int tid) =>
        $"{ProcFs.StatusField(tid, "voluntary_ctxt_switches")} {ProcFs.StatusField(tid, "nonvoluntary_ctxt_switches")}";

    // Not File.ReadAllText: a look at a program takes dozens of these, and has to be a matter of microseconds.
    internal static unsafe string? Text(string path, int most = MostBytes)
    {
        var fd = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
        if (fd < 0)
        {
            return null;
        }

        using var file = new FileDescriptor(fd);
        var buffer = stackalloc byte[most];
        var count = Libc.read(fd, buffer, (nuint)most);
        return count < 0 ? null : Encoding.UTF8.GetString(buffer, (int)count);
    }
}

/// <summary>What one thread does at one moment.</summary>
internal readonly record struct ThreadActivity
{
    /// <summary>Thread id.</summary>
    public required int Thread { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>R, S, D, T, Z, …</summary>
    public required char State { get; init; }

    /// <summary>Number of the system call that it is blocked in; -1 when it runs, or is blocked elsewhere.</summary>
    public required int Call { get; init; }

    /// <summary>Another text as soon as it has run, for however short a time.</summary>
    public required string Progress { get; init; }

    /// <summary>The kernel function that it waits in, where the call alone does not say enough; else empty.</summary>
    public string Function { get; init; }

    /// <summary>Only the clock can end its call (<see cref="TimedSleep"/>).</summary>
    public bool Sleeps { get; init; }

    /// <summary>Its sleep is housekeeping: it has nothing in hand meanwhile.</summary>
    public bool Idles { get; init; }

    /// <summary>What a read reads from, as <c>socket:[123]</c> or a path.</summary>
    public string? Source { get; init; }
}
