using System.Globalization;

namespace Aeterna.Linux;

/// <summary>Where a process has a socket: under which numbers, and in which of its epoll sets.</summary>
/// <param name="Numbers">Descriptors, lowest first.</param>
/// <param name="Registrations">Numbers of epoll sets, and how they have it.</param>
internal sealed record SocketTraces(IReadOnlyList<int> Numbers, IReadOnlyList<(int Set, EpollRegistration Registration)> Registrations)
{
    // Of what is no path.
    private const int LongestLink = 64;

    /// <summary>Looks at all descriptors of a process (a millisecond for a thousand); nothing is found of one that is gone.</summary>
    public static SocketTraces Of(int pid, ulong inode)
    {
        List<int> numbers = [];
        List<(int, EpollRegistration)> registrations = [];
        foreach (var fd in ProcFs.Descriptors(pid).Order())
        {
            var (isEpoll, found) = Kind(pid, fd);
            if (found == inode)
            {
                numbers.Add(fd);
            }
            else if (isEpoll)
            {
                registrations.AddRange(EpollSets.Of(pid, fd).Where(r => r.Inode == inode).Select(r => (fd, r)));
            }
        }

        return new SocketTraces(numbers, registrations);
    }

    private static unsafe (bool IsEpoll, ulong? Inode) Kind(int pid, int fd)
    {
        var target = stackalloc byte[LongestLink];
        var length = (int)Libc.readlink($"/proc/{pid}/fd/{fd}", target, LongestLink);
        var link = new ReadOnlySpan<byte>(target, Math.Max(length, 0));
        return link.SequenceEqual("anon_inode:[eventpoll]"u8) ? (true, null)
            : link.StartsWith("socket:["u8) && ulong.TryParse(link[8..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var inode) ? (false, inode)
            : (false, null);
    }
}
