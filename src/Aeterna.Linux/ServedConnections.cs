using System.Globalization;

namespace Aeterna.Linux;

/// <summary>TCP connections of this network namespace that a program has accepted, from the lists of /proc/net (proc(5)).</summary>
internal static class ServedConnections
{
    private const string Listening = "0A";
    private static readonly string[] _lists = ["/proc/net/tcp", "/proc/net/tcp6"];

    /// <summary>Those whose own port is one of some, and that a process has open, by inode. What waits to be accepted is none of them.</summary>
    public static IReadOnlySet<ulong> On(IReadOnlySet<int> ports)
    {
        HashSet<ulong> found = [];
        foreach (var line in _lists.SelectMany(list => ProcFs.Lines(list).Skip(1)))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > TcpTable.InodeColumn } columns
                && columns[TcpTable.StateColumn] != Listening
                && int.TryParse(columns[TcpTable.LocalColumn].AsSpan(columns[TcpTable.LocalColumn].IndexOf(':', StringComparison.Ordinal) + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var port)
                && ports.Contains(port)
                && ulong.TryParse(columns[TcpTable.InodeColumn], NumberStyles.None, CultureInfo.InvariantCulture, out var inode) && inode != 0)
            {
                found.Add(inode);
            }
        }

        return found;
    }
}
