using System.Globalization;
using Aeterna.Linux;

namespace Aeterna.Generations.Footprints;

/// <summary>Packet and raw sockets: what comes in by them comes to every process that has one, and the engine does not hold them.</summary>
internal static class PacketSockets
{
    /// <summary>What speaks against a second process beside these, or null.</summary>
    public static string? Find(IReadOnlyList<int> pids)
    {
        if (pids.Count == 0)
        {
            return null;
        }

        var packet = Inodes(pids[0], "packet", 8);
        var raw = Inodes(pids[0], "raw", 9).Concat(Inodes(pids[0], "raw6", 9)).ToHashSet();
        foreach (var inode in packet.Count + raw.Count == 0 ? [] : pids.SelectMany(pid => ProcFs.Descriptors(pid).Select(fd => ProcFs.SocketInode(pid, fd))))
        {
            if (inode is { } known && (packet.Contains(known) || raw.Contains(known)))
            {
                return packet.Contains(known) ? "has a packet socket" : "has a raw socket";
            }
        }

        return null;
    }

    // The number of the column is that of proc_pid_net(5); the first line has the headings.
    private static HashSet<ulong> Inodes(int pid, string table, int column) =>
    [
        .. ProcFs.Lines($"/proc/{pid}/net/{table}").Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(words => words.Length > column && ulong.TryParse(words[column], NumberStyles.None, CultureInfo.InvariantCulture, out var inode) ? inode : 0)
            .Where(inode => inode != 0),
    ];
}
