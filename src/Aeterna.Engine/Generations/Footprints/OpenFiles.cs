using Aeterna.Linux;

namespace Aeterna.Generations.Footprints;

/// <summary>What a process has open: files for writing, locks, devices, pipes with a name, files that it reads as they grow.</summary>
internal static class OpenFiles
{
    private const int O_ACCMODE = 3;
    private const int O_WRONLY = 1;
    private const int O_APPEND = 0x400;

    /// <summary>Files are stamped by a clock that ticks: it is behind by this much at the most.</summary>
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(10);

    /// <summary>A reader this close to the end of a file that grows follows it.</summary>
    private const long Behind = 1 << 20;

    private static readonly HashSet<string> _harmless = new(StringComparer.Ordinal)
    {
        "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/console", "/dev/ptmx", "/dev/kvm", "/dev/fuse",
    };

    private static readonly string[] _harmlessFolders = ["/dev/pts/", "/dev/dri/", "/dev/nvidia", "/dev/infiniband/"];

    /// <summary>What speaks against a second process beside this one, or null.</summary>
    public static string? Find(int pid, FootprintSubject subject)
    {
        foreach (var fd in ProcFs.Descriptors(pid))
        {
            if (ProcFs.DescriptorTarget(pid, fd) is { } path && path.StartsWith('/') && !path.EndsWith(" (deleted)", StringComparison.Ordinal)
                && DescriptorInfo.Of(pid, fd) is { } info && FileStatus.Behind($"/proc/{pid}/fd/{fd}") is { } status
                && Judge(pid, path, info, status, subject) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static string? Judge(int pid, string path, DescriptorInfo info, FileStatus status, FootprintSubject subject)
    {
        var writes = (info.Flags & O_ACCMODE) != 0;
        var reads = (info.Flags & O_ACCMODE) != O_WRONLY;
        return status switch
        {
            _ when path == "/proc/kmsg" => "reads the kernel's messages",
            { IsDevice: true } => IsHarmless(path) ? null : $"has the device {path} open",
            { IsPipe: true } => reads ? $"reads the pipe {path}" : null,
            { IsRegular: false } => null,
            _ when path.StartsWith("/proc/", StringComparison.Ordinal) || path.StartsWith("/sys/", StringComparison.Ordinal) => null,
            _ when info.HoldsLock => $"holds a lock on {path}",
            _ when subject.IsOwn(pid, path) => null,
            _ when writes => IsScratch(path) || ((info.Flags & O_APPEND) != 0 && PathKinds.IsLog(path)) ? null : $"has {path} open for writing",
            { Size: > 0 } when info.Position > 0 && status.Size - info.Position < Behind && status.Modified > subject.StartedAt - _tick
                && !PathKinds.IsRead(path) => $"reads {path}, which grows",
            _ => null,
        };
    }

    private static bool IsHarmless(string device) =>
        _harmless.Contains(device) || Array.Exists(_harmlessFolders, folder => device.StartsWith(folder, StringComparison.Ordinal));

    // A file made for the moment has a name of its own in each process.
    private static bool IsScratch(string path) => Path.GetDirectoryName(path) is "/tmp" or "/var/tmp" or "/dev/shm";
}
