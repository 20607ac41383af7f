namespace Aeterna.Linux;

/// <summary>The unix sockets of this network namespace, from /proc/net/unix (proc(5), unix(7)).</summary>
internal static class UnixTable
{
    private const int FlagsColumn = 3;
    private const int TypeColumn = 4;
    private const int InodeColumn = 6;
    private const int PathColumn = 7;
    private const string Accepts = "00010000";
    private const string Datagrams = "0002";

    /// <summary>Inodes of those that clients of a path may mean: that listen there, or take datagrams. Connections that were accepted there are none of them.</summary>
    /// <param name="path">The path as the program bound it.</param>
    /// <param name="isDatagram">They take datagrams; else they listen.</param>
    public static IReadOnlyList<ulong> At(string path, bool isDatagram)
    {
        List<ulong> found = [];
        foreach (var line in ProcFs.Lines("/proc/net/unix").Skip(1))
        {
            // The path is the last column, and may have blanks.
            var columns = line.Split(' ', PathColumn + 1, StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length > PathColumn && columns[PathColumn] == path
                && (isDatagram ? columns[TypeColumn] == Datagrams : columns[FlagsColumn] == Accepts)
                && ulong.TryParse(columns[InodeColumn], out var inode))
            {
                found.Add(inode);
            }
        }

        return found;
    }

    /// <summary>Inodes of those that have no name: the two ends of a socketpair(2), and clients of others.</summary>
    public static HashSet<ulong> WithoutName() =>
        [.. ProcFs.Lines("/proc/net/unix").Skip(1).Select(line => line.Split(' ', PathColumn + 1, StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns.Length == PathColumn).Select(columns => ulong.TryParse(columns[InodeColumn], out var inode) ? inode : 0)];
}
