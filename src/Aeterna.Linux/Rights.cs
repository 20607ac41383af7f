using System.Globalization;

namespace Aeterna.Linux;

/// <summary>As whom somebody meets the kernel when it opens files, makes them, and binds ports (credentials(7)).</summary>
/// <param name="Uid">File system user.</param>
/// <param name="Gid">File system group.</param>
/// <param name="Groups">Supplementary groups.</param>
/// <param name="Capabilities">Effective capabilities, as far as they count where the engine is.</param>
internal sealed record Rights(uint Uid, uint Gid, IReadOnlyList<uint> Groups, ulong Capabilities)
{
    /// <summary>Those of a user as a service's process has them: without capabilities.</summary>
    public static Rights OfUser(uint uid, uint gid, IReadOnlyList<uint> groups) => new(uid, gid, groups, 0);

    /// <summary>Those of a thread; null when it is gone.</summary>
    /// <remarks>
    /// In a user namespace of its own everybody has all capabilities, over what belongs to that namespace: outside of it they are
    /// nothing (user_namespaces(7)).
    /// </remarks>
    public static Rights? Of(int tid)
    {
        var (uid, gid, groups, effective) = (ProcFs.StatusField(tid, "Uid"), ProcFs.StatusField(tid, "Gid"),
            ProcFs.StatusField(tid, "Groups"), ProcFs.StatusField(tid, "CapEff"));
        return uid is null || gid is null || groups is null || effective is null
            ? null
            : new Rights(
                FileSystemId(uid),
                FileSystemId(gid),
                [.. groups.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(g => uint.Parse(g, CultureInfo.InvariantCulture))],
                ProcFs.SharesNamespace(tid, "user") ? ulong.Parse(effective, NumberStyles.HexNumber, CultureInfo.InvariantCulture) : 0);
    }

    // The last of the four numbers: real, effective, saved, file system.
    private static uint FileSystemId(string field) => uint.Parse(field.Split('\t')[3], CultureInfo.InvariantCulture);
}
