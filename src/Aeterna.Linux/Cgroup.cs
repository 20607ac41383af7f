using System.Globalization;

namespace Aeterna.Linux;

/// <summary>
/// One control group of the unified hierarchy (cgroups(7), Documentation/admin-guide/cgroup-v2.rst): a set of processes that
/// none of them leaves by itself. Removed when disposed, which needs all of them to be gone.
/// </summary>
internal sealed partial class Cgroup
{
    private readonly string _path;

    private Cgroup(string path) => _path = path;

    /// <summary>Its folder.</summary>
    public string Path => _path;

    /// <summary>One that exists.</summary>
    public static Cgroup At(string path) => new(path);

    /// <summary>
    /// Makes (or finds) the group NAME below this process's own group. Null when there is no unified hierarchy or this process may
    /// not write there: not an error, since there is another way to follow descendants.
    /// </summary>
    /// <param name="name">Relative path of one or two words, as in <c>aeterna-0-rsyslogd/gen-1</c>.</param>
    public static Cgroup? TryCreate(string name)
    {
        var own = OwnPath();
        if (own is null)
        {
            return null;
        }

        var path = System.IO.Path.Combine(own, name);
        try
        {
            Directory.CreateDirectory(path);
            using var writable = File.OpenHandle(System.IO.Path.Combine(path, "cgroup.procs"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            return new Cgroup(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Groups below NAME that exist already, as a dead engine may have left them.</summary>
    public static IReadOnlyList<Cgroup> Existing(string name)
    {
        var own = OwnPath();
        var path = own is null ? null : System.IO.Path.Combine(own, name);
        return path is not null && Directory.Exists(path) ? [.. Directory.GetDirectories(path).Select(p => new Cgroup(p))] : [];
    }

    /// <summary>Moves a process into the group.</summary>
    /// <exception cref="IOException">It is gone, or the kernel refuses.</exception>
    public void Add(int pid) => WriteFile("cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>Sends SIGKILL to every process in it (Linux 5.14); false when the kernel cannot.</summary>
    public bool TryKill()
    {
        try
        {
            WriteFile("cgroup.kill", "1");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Every process in it that has a number here.</summary>
    public IReadOnlyList<int> Processes()
    {
        try
        {
            return Numbers(File.ReadAllLines(System.IO.Path.Combine(_path, "cgroup.procs")));
        }
        catch (IOException)
        {
            return []; // Removed meanwhile.
        }
    }

    /// <summary>Removes it; false while a process is in it.</summary>
    public bool TryRemove()
    {
        try
        {
            Directory.Delete(_path);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Removes the folder of groups NAME when it is empty.</summary>
    public static void RemoveParent(string name)
    {
        if (OwnPath() is { } own)
        {
            new Cgroup(System.IO.Path.Combine(own, name)).TryRemove();
        }
    }

    /// <summary>The numbers in the lines of cgroup.procs. The kernel prints 0 for a process of another pid namespace; to kill(2) that would be
    /// this process's own group.</summary>
    internal static IReadOnlyList<int> Numbers(IEnumerable<string> lines) =>
        [.. lines.Select(l => int.TryParse(l, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0).Where(pid => pid > 0)];

    private void WriteFile(string file, string text)
    {
        using var handle = File.OpenHandle(System.IO.Path.Combine(_path, file), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(handle, System.Text.Encoding.ASCII.GetBytes(text), 0);
    }

    private static string? OwnPath()
    {
        string? mount = null;
        foreach (var line in File.ReadLines("/proc/self/mountinfo"))
        {
            // 36 25 0:30 / /sys/fs/cgroup/unified rw,… shared:9 - cgroup2 cgroup2 rw
            var parts = line.Split(" - ");
            if (parts.Length == 2 && parts[1].StartsWith("cgroup2 ", StringComparison.Ordinal))
            {
                mount = parts[0].Split(' ')[4];
                break;
            }
        }

        var own = File.ReadLines("/proc/self/cgroup").FirstOrDefault(l => l.StartsWith("0::", StringComparison.Ordinal))?[3..];
        return mount is null || own is null ? null : System.IO.Path.Join(mount, own);
    }
}
