using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Aeterna.Linux;

/// <summary>open(2) with O_APPEND, which .NET does not offer: each write goes to the end, also after the file was truncated.</summary>
internal static partial class AppendFile
{
    // <asm-generic/fcntl.h>, the same on x86-64 and arm64.
    private const int O_WRONLY = 1;
    private const int O_CREAT = 0x40;
    private const int O_APPEND = 0x400;
    private const int O_CLOEXEC = 0x80000;
    private const int OwnerReadsAndWrites = 0x180;

    /// <summary>Opens a file for appending, made with mode 0600 if it is not there. The handle is the caller's.</summary>
    /// <exception cref="IOException">open's errno.</exception>
    public static SafeFileHandle Open(string path)
    {
        var file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, OwnerReadsAndWrites);
        if (file.IsInvalid)
        {
            var why = Marshal.GetLastPInvokeErrorMessage();
            file.Dispose();
            throw new IOException(why);
        }

        return file;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle open(string pathname, int flags, uint mode);
}
