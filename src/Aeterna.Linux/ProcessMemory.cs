using System.Runtime.InteropServices;
using System.Text;

namespace Aeterna.Linux;

/// <summary>
/// Reads and writes another process's memory (process_vm_readv(2), process_vm_writev(2)): without a descriptor, of which there may be none
/// left, and within the protection of its pages. Where these calls are denied, as in some containers, by /proc/TID/mem. Needs
/// PTRACE_MODE_ATTACH rights.
/// </summary>
internal static partial class ProcessMemory
{
    private const int PathMax = 4096;
    private const int PageSize = 4096;

    /// <summary>Fills a buffer; false when the address is not mapped (EFAULT) or the process is gone (ESRCH).</summary>
    /// <exception cref="LinuxException">EPERM, EACCES: this process may not read it.</exception>
    public static unsafe bool TryRead(int tid, ulong address, Span<byte> buffer)
    {
        fixed (byte* target = buffer)
        {
            var local = new Iovec { Base = target, Length = (nuint)buffer.Length };
            var remote = new Iovec { Base = (byte*)address, Length = (nuint)buffer.Length };
            var done = process_vm_readv(tid, &local, 1, &remote, 1, 0);
            return done >= 0 || Errno.Last is not (Errno.EPERM or Errno.ENOSYS)
                ? done == buffer.Length
                : ByFile(tid, Libc.O_RDONLY, target, buffer.Length, address);
        }
    }

    /// <summary>Writes bytes; false when the address is not mapped for writing (EFAULT) or the process is gone (ESRCH).</summary>
    /// <exception cref="LinuxException">EPERM, EACCES: this process may not write it.</exception>
    public static unsafe bool TryWrite(int tid, ulong address, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* source = bytes)
        {
            var local = new Iovec { Base = source, Length = (nuint)bytes.Length };
            var remote = new Iovec { Base = (byte*)address, Length = (nuint)bytes.Length };
            var done = process_vm_writev(tid, &local, 1, &remote, 1, 0);
            return done >= 0 || Errno.Last is not (Errno.EPERM or Errno.ENOSYS)
                ? done == bytes.Length
                : ByFile(tid, Libc.O_RDWR, source, bytes.Length, address);
        }
    }

    private static unsafe bool ByFile(int tid, int flags, byte* buffer, int length, ulong address)
    {
        using var memory = new FileDescriptor(Libc.open($"/proc/{tid}/mem", flags | Libc.O_CLOEXEC, 0));
        if (memory.IsInvalid)
        {
            return Errno.Last == Errno.ENOENT ? false : throw new LinuxException("open(/proc/PID/mem)", Errno.Last);
        }

        return length == (flags == Libc.O_RDONLY
            ? pread(memory.Number, buffer, (nuint)length, (long)address)
            : pwrite(memory.Number, buffer, (nuint)length, (long)address));
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint pread(int fd, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint pwrite(int fd, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint process_vm_readv(int pid, Iovec* local, nuint localCount, Iovec* remote, nuint remoteCount, nuint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint process_vm_writev(int pid, Iovec* local, nuint localCount, Iovec* remote, nuint remoteCount, nuint flags);

    /// <summary>Reads a C string of at most PATH_MAX bytes; null when it cannot be read, is longer, or is not UTF-8.</summary>
    public static string? TryReadPath(int tid, ulong address)
    {
        Span<byte> buffer = stackalloc byte[PathMax];
        var length = 0;
        while (length < PathMax)
        {
            // Page by page: the next page may not be mapped, and need not be when the string ends before it.
            var chunk = Math.Min(PageSize - (int)((address + (ulong)length) % PageSize), PathMax - length);
            if (!TryRead(tid, address + (ulong)length, buffer.Slice(length, chunk)))
            {
                return null;
            }

            var end = buffer.Slice(length, chunk).IndexOf((byte)0);
            if (end >= 0)
            {
                return Decode(buffer[..(length + end)]);
            }

            length += chunk;
        }

        return null;
    }

    private static string? Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return _strictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static readonly UTF8Encoding _strictUtf8 = new(false, throwOnInvalidBytes: true);
}
