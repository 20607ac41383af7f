using System.Globalization;

namespace Aeterna.Linux;

/// <summary>What /proc/PID/fdinfo/FD says of an open file (proc_pid_fdinfo(5)).</summary>
/// <param name="Flags">As open(2) has them.</param>
/// <param name="Position">Bytes from the beginning.</param>
/// <param name="HoldsLock">It holds a lock for writing on the file (flock(2), fcntl(2)).</param>
internal readonly record struct DescriptorInfo(int Flags, long Position, bool HoldsLock)
{
    /// <summary>Null when there is none, or it may not be read.</summary>
    public static DescriptorInfo? Of(int pid, int fd)
    {
        (int? flags, long position, var locked) = (null, 0, false);
        foreach (var line in ProcFs.Lines($"/proc/{pid}/fdinfo/{fd}"))
        {
            var words = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case ["flags:", var octal]:
                    flags = Octal(octal);
                    break;
                case ["pos:", var number]:
                    _ = long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out position);
                    break;
                case ["lock:", _, "FLOCK" or "POSIX" or "OFDLCK", _, "WRITE", ..]:
                    locked = true;
                    break;
                default:
                    break;
            }
        }

        return flags is { } known ? new DescriptorInfo(known, position, locked) : null;
    }

    private static int? Octal(string text)
    {
        var value = 0;
        foreach (var c in text)
        {
            if (c is < '0' or > '7')
            {
                return null;
            }

            value = (value << 3) | (c - '0');
        }

        return value;
    }
}
