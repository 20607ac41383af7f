using System.Runtime.InteropServices;
using System.Text;

namespace Aeterna.Linux;

/// <summary>
/// Reads another process's memory through /proc/TID/mem (proc(5)) and writes it by process_vm_writev(2), which keeps to the
/// protection of its pages; both need PTRACE_MODE_ATTACH rights.
/// </summary>
internal static partial class ProcessMemory
{
    private const int PathMax = 4096;
    private const int PageSize = 4096;

    /// <summary>Fills a buffer; false when the address is not mapped or the process is gone or out of reach.</summary>
    public static bool TryRead(int tid, ulong address, Span<byte> buffer)
    {
        try
        {
            using var memory = File.OpenHandle($"/proc/{tid}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return address <= long.MaxValue && RandomAccess.Read(memory, buffer, (long)address) == buffer.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Writes bytes; false when the address is not mapped for writing (EFAULT) or the process is gone or out of reach (ESRCH, EPERM).</summary>
    public static unsafe bool TryWrite(int tid, ulong address, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* source = bytes)
        {
            var local = new Iovec { Base = source, Length = (nuint)bytes.Length };
            var remote = new Iovec { Base = (void*)address, Length = (nuint)bytes.Length };
            return process_vm_writev(tid, &local, 1, &remote, 1, 0) == bytes.Length;
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint process_vm_writev(int pid, Iovec* local, nuint localCount, Iovec* remote, nuint remoteCount, nuint flags);

    /// <summary><c>struct iovec</c> (bits/types/struct_iovec.h).</summary>
    private unsafe struct Iovec
    {
        public void* Base;
        public nuint Length;
    }

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
