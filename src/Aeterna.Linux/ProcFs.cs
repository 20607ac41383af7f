using System.Globalization;

namespace Aeterna.Linux;

/// <summary>What /proc says of a process (proc(5)). Every reader returns null (or nothing) for a process that is gone.</summary>
internal static class ProcFs
{
    /// <summary>One field of /proc/PID/status, trimmed.</summary>
    public static string? StatusField(int pid, string name) => StatusField(Status(pid), name);

    /// <summary>The lines of /proc/PID/status, for several fields of one moment.</summary>
    public static string[] Status(int pid) => ReadLines($"/proc/{pid}/status");

    /// <summary>One field of what <see cref="Status"/> returned, trimmed.</summary>
    public static string? StatusField(string[] status, string name)
    {
        foreach (var line in status)
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] == ':')
            {
                return line[(name.Length + 1)..].Trim();
            }
        }

        return null;
    }

    /// <summary>The process (thread group) that a thread belongs to.</summary>
    public static int? ThreadGroup(int tid) =>
        int.TryParse(StatusField(tid, "Tgid"), NumberStyles.None, CultureInfo.InvariantCulture, out var process) ? process : null;

    /// <summary>Parent, process group, session, processor time, start time in ticks since boot, and resident bytes.</summary>
    public static ProcStat? Stat(int pid) => ReadText($"/proc/{pid}/stat") is { } text ? ProcStat.Parse(text) : null;

    /// <summary>
    /// The soft limit of open descriptors of any process (RLIMIT_NOFILE), <see cref="ResourceLimit.Infinity"/> where there is none. Unlike
    /// prlimit(2) this needs no privilege over it. Null when the process is gone or hidden.
    /// </summary>
    public static ulong? OpenFileLimit(int pid)
    {
        const string name = "Max open files ";
        var line = ReadLines($"/proc/{pid}/limits").FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
        return line?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["unlimited", ..] => ResourceLimit.Infinity,
            [var soft, ..] when ulong.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) => limit,
            _ => null,
        };
    }

    /// <summary>States of all threads: R, S, D, T, Z, …</summary>
    public static IReadOnlyList<char> ThreadStates(int pid)
    {
        var states = new List<char>();
        foreach (var tid in Threads(pid))
        {
            if (Stat(tid) is { } stat)
            {
                states.Add(stat.State);
            }
        }

        return states;
    }

    /// <summary>Whether a process runs: it exists and has not ended.</summary>
    public static bool Runs(int pid) => Stat(pid) is { State: not ('Z' or 'X') };

    /// <summary>Ids of all threads of a process.</summary>
    public static IEnumerable<int> Threads(int pid) => NumericEntries($"/proc/{pid}/task");

    /// <summary>
    /// Children of a process that have not been reaped: by <c>children</c> of its threads (proc_pid_task(5)), or where the kernel lacks that (CONFIG_PROC_CHILDREN) by all processes.
    /// </summary>
    public static IEnumerable<int> Children(int pid) =>
        File.Exists("/proc/thread-self/children")
            ? Threads(pid).SelectMany(thread => (ReadText($"/proc/{pid}/task/{thread}/children") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                .Select(child => int.Parse(child, NumberStyles.None, CultureInfo.InvariantCulture))
            : Processes().Where(process => Stat(process)?.Parent == pid);

    /// <summary>Whether a thread of this number belongs to a process.</summary>
    public static bool HasThread(int pid, int tid) => Directory.Exists($"/proc/{pid}/task/{tid}");

    /// <summary>All process ids that this process can see.</summary>
    public static IEnumerable<int> Processes() => NumericEntries("/proc");

    /// <summary>Numbers of open descriptors.</summary>
    public static IEnumerable<int> Descriptors(int pid) => NumericEntries($"/proc/{pid}/fd");

    /// <summary>The inode of the socket behind a descriptor, or null when it is none or cannot be seen.</summary>
    public static ulong? SocketInode(int pid, int fd) => TrySocketInode(pid, fd, out var inode) == 0 ? inode : null;

    /// <summary>The inode of the socket behind a descriptor; null when it is no socket, or no descriptor.</summary>
    /// <returns>0, or why it cannot be told: EACCES, EPERM (no right over the process), ESRCH, ENOENT (no such descriptor or process).</returns>
    public static unsafe int TrySocketInode(int pid, int fd, out ulong? inode)
    {
        // The plain call: this is asked at every accept(2) of a relayed connection.
        const int longest = 64;
        var target = stackalloc byte[longest];
        var length = (int)Libc.readlink($"/proc/{pid}/fd/{fd}", target, longest);
        var text = new ReadOnlySpan<byte>(target, Math.Max(length, 0));
        inode = text.StartsWith("socket:["u8) && text.EndsWith("]"u8)
            && ulong.TryParse(text[8..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
        return length < 0 ? Errno.Last : 0;
    }

    /// <summary>Where one of a process's links in /proc leads (<c>root</c>, <c>cwd</c>, <c>ns/user</c>); null when that cannot be known.</summary>
    public static unsafe string? Link(int pid, string name)
    {
        const int longest = 4096;
        var target = stackalloc byte[longest];
        var length = (int)Libc.readlink($"/proc/{pid}/{name}", target, longest);
        return length < 0 ? null : System.Text.Encoding.UTF8.GetString(target, length);
    }

    /// <summary>Whether a process is in the same namespace of a kind (<c>user</c>, <c>mnt</c>) as this one. False when that cannot be known.</summary>
    public static bool SharesNamespace(int pid, string kind) =>
        Link(pid, $"ns/{kind}") is { } theirs && theirs == Link(Environment.ProcessId, $"ns/{kind}");

    /// <summary>Inodes of the sockets that a process has open.</summary>
    public static IEnumerable<ulong> Sockets(int pid) => Descriptors(pid).Select(fd => SocketInode(pid, fd)).OfType<ulong>();

    /// <summary>Whether a descriptor is a timer (timerfd_create(2)).</summary>
    public static bool IsTimer(int pid, int fd) => Link(pid, $"fd/{fd}") == "anon_inode:[timerfd]";

    /// <summary>Whether a process has a descriptor of this number. True also when that cannot be known.</summary>
    public static unsafe bool HasDescriptor(int pid, int fd)
    {
        byte first;
        return Libc.readlink($"/proc/{pid}/fd/{fd}", &first, 1) >= 0 || Errno.Last != Errno.ENOENT;
    }

    /// <summary>
    /// What a descriptor stands for, as the kernel words it: an absolute path (with " (deleted)" when that is so, with "(unreachable)" before
    /// it from another root), or <c>socket:[123]</c>, <c>anon_inode:[eventpoll]</c> and the like. Null when there is none or it cannot be read.
    /// </summary>
    public static string? DescriptorTarget(int pid, int fd) => Libc.ReadLink($"/proc/{pid}/fd/{fd}");

    /// <summary>Whether a process catches a signal with a handler of its own; false when it is gone.</summary>
    public static bool Catches(int pid, int signal) =>
        ulong.TryParse(StatusField(pid, "SigCgt"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var caught)
        && (caught & (1ul << (signal - 1))) != 0;

    /// <summary>Paths of the regular files that a process has open for writing; not those that are deleted, nor what the kernel shows as files.</summary>
    public static IEnumerable<string> FilesWritten(int pid)
    {
        const int O_ACCMODE = 3;
        foreach (var fd in Descriptors(pid))
        {
            if (DescriptorTarget(pid, fd) is { } path
                && path.StartsWith('/') && !path.StartsWith("/proc/", StringComparison.Ordinal) && !path.StartsWith("/sys/", StringComparison.Ordinal)
                && DescriptorFlags(pid, fd) is { } flags && (flags & O_ACCMODE) != Libc.O_RDONLY
                && IsRegular(path))
            {
                yield return path;
            }
        }
    }

    /// <summary>The flags of a descriptor as open(2) has them, O_CLOEXEC among them; null when there is none.</summary>
    public static int? DescriptorFlags(int pid, int fd)
    {
        foreach (var line in ReadLines($"/proc/{pid}/fdinfo/{fd}"))
        {
            if (line.StartsWith("flags:", StringComparison.Ordinal))
            {
                return Octal(line[6..].Trim());
            }
        }

        return null;
    }

    /// <summary>The environment that a process was started with; empty when it cannot be read.</summary>
    public static string[] Environ(int pid) => ReadText($"/proc/{pid}/environ")?.Split('\0') ?? [];

    private static int? Octal(string digits)
    {
        var value = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7')
            {
                return null;
            }

            value = (value << 3) | (digit - '0');
        }

        return digits.Length > 0 ? value : null;
    }

    private static bool IsRegular(string path)
    {
        try
        {
            return FileStatus.Of(path) is { IsRegular: true };
        }
        catch (IOException)
        {
            return false; // Not reachable from here.
        }
    }

    private static string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The words of a process's command line; none when it cannot be read.</summary>
    public static string[] CommandLine(int pid) => ReadText($"/proc/{pid}/cmdline")?.TrimEnd('\0').Split('\0') ?? [];

    /// <summary>A process's working directory; null when it cannot be told, or is gone.</summary>
    public static string? WorkingDirectory(int pid)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{pid}/cwd", false)?.FullName is { } path && !path.EndsWith(" (deleted)", StringComparison.Ordinal) ? path : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The lines of a file of /proc; none when it cannot be read.</summary>
    public static string[] Lines(string path) => ReadLines(path);

    private static string[] ReadLines(string path) => ReadText(path)?.Split('\n') ?? [];

    private static IEnumerable<int> NumericEntries(string folder)
    {
        IEnumerable<string> names;
        try
        {
            names = Directory.GetFileSystemEntries(folder).Select(n => Path.GetFileName(n)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            yield break;
        }

        foreach (var name in names)
        {
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                yield return number;
            }
        }
    }
}
