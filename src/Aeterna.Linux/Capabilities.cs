using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// The capabilities of the calling thread (capget(2), capset(2), capabilities(7)): the kernel keeps them by thread, and libc's functions
/// change the calling one only. A set is a bit mask, as /proc/PID/status has it.
/// </summary>
internal static unsafe partial class Capabilities
{
    public const int CAP_KILL = 5;
    public const int CAP_NET_BIND_SERVICE = 10;
    public const int CAP_SYS_CHROOT = 18;
    public const int CAP_SYS_PTRACE = 19;
    public const int CAP_SYS_ADMIN = 21;
    private const uint _LINUX_CAPABILITY_VERSION_3 = 0x20080522;

    /// <summary>The bit of a capability.</summary>
    public static ulong Bit(int capability) => 1ul << capability;

    /// <summary>What the thread uses now, and what it may use if it asks for it.</summary>
    public static (ulong Effective, ulong Permitted) Own()
    {
        var header = stackalloc uint[2] { _LINUX_CAPABILITY_VERSION_3, 0 };
        var data = stackalloc uint[6]; // effective, permitted, inheritable of the low 32, then of the high
        Errno.ThrowIfFailed(capget(header, data), "capget");
        return (data[0] | ((ulong)data[3] << 32), data[1] | ((ulong)data[4] << 32));
    }

    /// <summary>Sets both; what is taken from the permitted ones is gone for good. Nothing is inheritable.</summary>
    /// <exception cref="LinuxException">EPERM: more than is permitted.</exception>
    public static void Set(ulong effective, ulong permitted)
    {
        var header = stackalloc uint[2] { _LINUX_CAPABILITY_VERSION_3, 0 };
        var data = stackalloc uint[6]
        {
            (uint)effective, (uint)permitted, 0, (uint)(effective >> 32), (uint)(permitted >> 32), 0,
        };
        Errno.ThrowIfFailed(capset(header, data), "capset");
    }

    /// <summary>Does something with these capabilities in use and no other, as far as they are permitted; afterwards all is as before.</summary>
    public static T With<T>(ulong capabilities, Func<T> action)
    {
        var (effective, permitted) = Own();
        Set(capabilities & permitted, permitted);
        try
        {
            return action();
        }
        finally
        {
            Set(effective, permitted);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int capget(uint* header, uint* data);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int capset(uint* header, uint* data);
}
