using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>Resource limits (prlimit(2), getrlimit(2)); numbers from asm-generic/resource.h, the same on x86-64 and arm64.</summary>
internal static partial class ResourceLimit
{
    /// <summary>RLIM_INFINITY.</summary>
    public const ulong Infinity = ulong.MaxValue;

    private static readonly string[] _names =
    [
        "cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile", "memlock", "as", "locks", "sigpending",
        "msgqueue", "nice", "rtprio", "rttime",
    ];

    /// <summary>RLIMIT_NOFILE.</summary>
    public const int NoFile = 7;

    /// <summary><c>struct rlimit64</c> (sys/resource.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RLimit
    {
        public ulong Soft;
        public ulong Hard;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int prlimit64(int pid, int resource, RLimit* newLimit, RLimit* oldLimit);

    /// <summary>The number of a limit by its name in lower case (<c>nofile</c>), or -1.</summary>
    public static int Number(string name) => Array.IndexOf(_names, name);

    /// <summary>The name of one of these limits.</summary>
    public static string Name(int resource) => _names[resource];

    /// <summary>A process's limit; <paramref name="pid"/> 0 is this one.</summary>
    /// <exception cref="LinuxException">ESRCH, EPERM.</exception>
    public static unsafe (ulong Soft, ulong Hard) Get(int pid, int resource)
    {
        RLimit limit;
        Errno.ThrowIfFailed(prlimit64(pid, resource, null, &limit), "prlimit");
        return (limit.Soft, limit.Hard);
    }

    /// <summary>Sets a process's limit; <paramref name="pid"/> 0 is this one.</summary>
    /// <exception cref="LinuxException">EPERM (raising the hard limit), EINVAL (soft above hard), ESRCH.</exception>
    public static unsafe void Set(int pid, int resource, ulong soft, ulong hard)
    {
        var limit = new RLimit { Soft = soft, Hard = hard };
        Errno.ThrowIfFailed(prlimit64(pid, resource, &limit, null), "prlimit");
    }
}
