using System.Runtime.InteropServices;
using System.Text;

namespace Aeterna.Linux;

/// <summary>
/// Reads and writes another process's memory (process_vm_readv(2), process_vm_writev(2)): without a descriptor, of which there may be none
/// left, and within the protection of its pages. Needs PTRACE_MODE_ATTACH rights.
/// </summary>
internal static partial class ProcessMemory
{
    private const int PathMax = 4096;
    private const int PageSize = 4096;

    /// <summary>Fills a buffer; false when the address is not mapped (EFAULT) or the process is gone or out of reach (ESRCH, EPERM).</summary>
    public static unsafe bool TryRead(int tid, ulong address, Span<byte> buffer)
    {
        fixed (byte* target = buffer)
        {
            var local = new Iovec { Base = target, Length = (nuint)buffer.Length };
            var remote = new Iovec { Base = (byte*)address, Length = (nuint)buffer.Length };
            return process_vm_readv(tid, &local, 1, &remote, 1, 0) == buffer.Length;
        }
    }

    /// <summary>Writes bytes; false when the address is not mapped for writing (EFAULT) or the process is gone or out of reach (ESRCH, EPERM).</summary>
    public static unsafe bool TryWrite(int tid, ulong address, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* source = bytes)
        {
            var local = new Iovec { Base = source, Length = (nuint)bytes.Length };
            var remote = new Iovec { Base = (byte*)address, Length = (nuint)bytes.Length };
            return process_vm_writev(tid, &local, 1, &remote, 1, 0) == bytes.Length;
        }
    }

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
