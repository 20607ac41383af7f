using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Aeterna.Linux;

/// <summary>
/// open(2) without what .NET adds and with what it leaves out: .NET takes an flock on every file that it opens, and does not offer
/// O_APPEND. Files are made with mode 0600; handles are the caller's and close on exec.
/// </summary>
internal static partial class PlainFile
{
    // <asm-generic/fcntl.h>, the same on x86-64 and arm64.
    private const int O_RDONLY = 0;
    private const int O_WRONLY = 1;
    private const int O_RDWR = 2;
    private const int O_CREAT = 0x40;
    private const int O_APPEND = 0x400;
    private const int O_CLOEXEC = 0x80000;
    private const uint OwnerReadsAndWrites = 0x180;

    /// <summary>For appending: each write goes to the end, also after the file was truncated.</summary>
    /// <exception cref="IOException">open's errno.</exception>
    public static SafeFileHandle OpenForAppending(string path) => Open(path, O_WRONLY | O_CREAT | O_APPEND);

    /// <summary>For reading and writing, without a lock.</summary>
    /// <exception cref="IOException">open's errno.</exception>
    public static SafeFileHandle OpenUnlocked(string path) => Open(path, O_RDWR | O_CREAT);

    /// <summary>For reading, without a lock.</summary>
    /// <exception cref="IOException">open's errno.</exception>
    public static SafeFileHandle OpenForReading(string path) => Open(path, O_RDONLY);

    private static SafeFileHandle Open(string path, int flags)
    {
        var file = open(path, flags | O_CLOEXEC, OwnerReadsAndWrites);
        if (!file.IsInvalid)
        {
            return file;
        }

        var why = Marshal.GetLastPInvokeErrorMessage();
        file.Dispose();
        throw new IOException(why);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle open(string pathname, int flags, uint mode);
}
