using System.Runtime.InteropServices;

using Microsoft.Win32.SafeHandles;

namespace Aeterna.Linux;

/// <summary>A descriptor that this process owns; closed with close(2) when disposed. All that Aeterna makes are CLOEXEC.</summary>
internal sealed class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>For the marshaller.</summary>
    public FileDescriptor()
        : base(ownsHandle: true)
    {
    }

    /// <summary>Takes over the ownership of <paramref name="number"/>.</summary>
    public FileDescriptor(int number)
        : base(ownsHandle: true) => SetHandle(number);

    /// <summary>A second descriptor of what one stands for, which stays its owner's.</summary>
    /// <exception cref="LinuxException">EBADF, EMFILE.</exception>
    public static FileDescriptor Duplicate(int number) => new(Errno.ThrowIfFailed(LibC.fcntl(number, Libc.F_DUPFD_CLOEXEC, 0), "fcntl(F_DUPFD_CLOEXEC)"));

    /// <summary>The number; valid as long as the object is not disposed.</summary>
    public int Number => (int)handle;

    /// <summary>Does something with the number, which stays open meanwhile also when another thread disposes the object; null when that has happened.</summary>
    public T? Use<T>(Func<int, T> action)
        where T : struct
    {
        var added = false;
        try
        {
            DangerousAddRef(ref added);
            return action(Number);
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
        finally
        {
            if (added)
            {
                DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => LibC.close((int)handle) == 0;
}

/// <summary>Calls on any descriptor.</summary>
internal static partial class Libc
{
    public const int F_DUPFD_CLOEXEC = 1030;
    public const int F_GETFL = 3;
    public const int F_SETFL = 4;
    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;
    public const int O_PATH = 0x200000;

    /// <summary>Not the same everywhere (asm/fcntl.h).</summary>
    public static readonly int O_DIRECTORY = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;

    /// <summary>Not the same everywhere (asm/fcntl.h).</summary>
    public static readonly int O_NOFOLLOW = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    /// <summary>open(2) of an existing file; the caller owns the descriptor. ENOENT, EACCES, EMFILE.</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int open(string path, int flags, int mode);

    /// <summary>read(2): bytes read, 0 at the end. EAGAIN, EINTR.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static unsafe partial nint read(int fd, byte* buffer, nuint count);

    /// <summary>write(2): bytes written. EAGAIN, EINTR, EPIPE.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static unsafe partial nint write(int fd, byte* buffer, nuint count);

    /// <summary>close_range(2): with CLOSE_RANGE_CLOEXEC marks in place of closing. EINVAL before Linux 5.11.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int close_range(uint first, uint last, uint flags);

    public const uint CLOSE_RANGE_CLOEXEC = 4;
}
