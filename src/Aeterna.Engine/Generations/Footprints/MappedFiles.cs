using Aeterna.Linux;

namespace Aeterna.Generations.Footprints;

/// <summary>Files that a process has in its memory and writes by that (mmap(2) with MAP_SHARED): their descriptors may be closed.</summary>
internal static class MappedFiles
{
    /// <summary>What speaks against a second process beside this one, or null.</summary>
    public static string? Find(int pid, FootprintSubject subject)
    {
        foreach (var line in ProcFs.Lines($"/proc/{pid}/maps"))
        {
            // 7f00…-7f01… rw-s 00000000 fd:01 1234   /path; only a path begins with a slash.
            var at = line.IndexOf('/', StringComparison.Ordinal);
            if (at > 0 && line.IndexOf(" rw-s ", 0, at, StringComparison.Ordinal) > 0 && line[at..] is var path
                && !path.EndsWith(" (deleted)", StringComparison.Ordinal) && !path.StartsWith("/dev/", StringComparison.Ordinal)
                && !path.StartsWith("/memfd:", StringComparison.Ordinal) && !path.StartsWith("/SYSV", StringComparison.Ordinal)
                && !path.StartsWith("/sys/", StringComparison.Ordinal) && !subject.IsOwn(pid, path))
            {
                return $"has {path} in its memory for writing";
            }
        }

        return null;
    }
}
