using System.Globalization;
using Aeterna.Linux;

namespace Aeterna.Generations.Footprints;

/// <summary>Whom a process writes as.</summary>
internal sealed record Writer(uint Uid, IReadOnlySet<uint> Groups)
{
    /// <summary>That of a process; the superuser where it cannot be told, since that one may write everywhere.</summary>
    public static Writer Of(int pid)
    {
        var uid = Numbers(pid, "Uid");
        return uid.Count > 1 ? new Writer(uid[1], Numbers(pid, "Gid").Concat(Numbers(pid, "Groups")).ToHashSet()) : new Writer(0, new HashSet<uint>());
    }

    /// <summary>Whether it may write to a file or folder by its mode. A file system that is mounted for reading counts too.</summary>
    public bool May(string path, FileStatus status) =>
        !MountFlags.IsReadOnly(path) && (Uid == 0
            || (status.Mode & (Uid == status.Uid ? 0x80 : Groups.Contains(status.Gid) ? 0x10 : 0x02)) != 0);

    private static List<uint> Numbers(int pid, string field) =>
    [
        .. (ProcFs.StatusField(pid, field) ?? "").Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)
            .Select(word => uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : uint.MaxValue),
    ];
}
