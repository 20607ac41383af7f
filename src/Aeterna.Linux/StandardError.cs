using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>Descriptor 2, whatever it is: written directly (write(2)), since nothing of it is to be buffered or closed.</summary>
internal static unsafe class StandardError
{
    private const int Number = 2;

    /// <summary>Writes all of it. Waits while a pipe is full.</summary>
    /// <exception cref="IOException">ENOSPC, EPIPE, EIO.</exception>
    public static void Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* p = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var count = Libc.write(Number, p + done, (nuint)(bytes.Length - done));
                if (count >= 0)
                {
                    done += (int)count;
                }
                else if (Errno.Last == Errno.EAGAIN)
                {
                    // Somebody who shares the terminal or the pipe has made it so.
                    Thread.Sleep(1);
                }
                else if (Errno.Last != Errno.EINTR)
                {
                    throw new IOException(Marshal.GetLastPInvokeErrorMessage());
                }
            }
        }
    }

    /// <summary>Bytes of the file that it is; 0 when it is none.</summary>
    public static long Length()
    {
        using var file = new Microsoft.Win32.SafeHandles.SafeFileHandle(Number, ownsHandle: false);
        try
        {
            return RandomAccess.GetLength(file);
        }
        catch (Exception e) when (e is IOException or NotSupportedException)
        {
            return 0;
        }
    }

    /// <summary>Empties the file that it is.</summary>
    public static void Empty() => _ = LibC.ftruncate(Number, 0);
}
