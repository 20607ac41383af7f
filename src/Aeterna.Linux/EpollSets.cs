using System.Globalization;

namespace Aeterna.Linux;

/// <summary>What the epoll sets of another process contain, as /proc/PID/fdinfo shows it (proc_pid_fdinfo(5)).</summary>
internal static class EpollSets
{
    /// <summary>The registrations of one set; none when it is gone, or no epoll set.</summary>
    public static IEnumerable<EpollRegistration> Of(int pid, int epoll)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines($"/proc/{pid}/fdinfo/{epoll}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }

        return lines.Select(Parse).OfType<EpollRegistration>();
    }

    /// <summary>Reads <c>tfd: 4 events: 80000019 data: 4 pos:0 ino:73f11 sdev:9</c>, numbers but the first one in hexadecimal; null for other lines.</summary>
    public static EpollRegistration? Parse(string line)
    {
        if (!line.StartsWith("tfd:", StringComparison.Ordinal))
        {
            return null;
        }

        var words = line.Replace(":", ": ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return int.TryParse(After("tfd:"), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && uint.TryParse(After("events:"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var events)
            && ulong.TryParse(After("data:"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var data)
            && ulong.TryParse(After("ino:"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var inode)
            ? new EpollRegistration(number, events, data, inode)
            : null;

        string? After(string name) => Array.IndexOf(words, name) is >= 0 and var at && at + 1 < words.Length ? words[at + 1] : null;
    }
}

/// <summary>One registration in an epoll set.</summary>
/// <param name="Number">The descriptor under which it was made.</param>
/// <param name="Events">As given to epoll_ctl(2), EPOLLET and the like among them.</param>
/// <param name="Data">What the program gets with an event.</param>
/// <param name="Inode">Inode of the file.</param>
internal readonly record struct EpollRegistration(int Number, uint Events, ulong Data, ulong Inode);
