using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Aeterna.Linux;

/// <summary>
/// A socket's file mounted on itself (open_tree(2), move_mount(2); Linux 5.2): as long as it is, its name cannot be removed or replaced (EBUSY), and leads to the same file as before.
/// Holds for all who see the mount. Dispose takes it away.
/// </summary>
/// <remarks>
/// No name is resolved twice: what is mounted, and on what, is the very file that was found in a folder that is held open. Else who may write there could exchange it in
/// between, and have one file hidden by another.
/// </remarks>
internal sealed partial class BindMount : IDisposable
{
    private const int NR_open_tree = 428;
    private const int NR_move_mount = 429;
    private const uint OPEN_TREE_CLONE = 1;
    private const uint OPEN_TREE_CLOEXEC = 0x80000;
    private const uint AT_EMPTY_PATH = 0x1000;
    private const uint MOVE_MOUNT_F_EMPTY_PATH = 0x4;
    private const uint MOVE_MOUNT_T_EMPTY_PATH = 0x40;
    private const int MNT_DETACH = 2;

    private readonly FileDescriptor _mount;

    private BindMount(FileDescriptor mount) => _mount = mount;

    // glibc has these from 2.36 on.
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long open_tree(long number, int file, string path, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long move_mount(long number, int from, string fromPath, int to, string toPath, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, int flags);

    /// <summary>Mounts the socket file at a place on itself.</summary>
    /// <param name="place">Stays the caller's.</param>
    /// <exception cref="LinuxException">ENOENT (no socket is there), EPERM (without CAP_SYS_ADMIN), EACCES, EMFILE.</exception>
    public static BindMount Of(FilePlace place)
    {
        using var file = place.Open();
        if (!FileStatus.Of(file).IsSocket)
        {
            throw new LinuxException("open_tree", Errno.ENOENT);
        }

        using var starting = new Unfinished();
        var mount = starting.Own(new FileDescriptor((int)Errno.ThrowIfFailed(
            open_tree(NR_open_tree, file.Number, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH), "open_tree")));
        Errno.ThrowIfFailed(move_mount(NR_move_mount, mount.Number, "", file.Number, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH), "move_mount");
        starting.Finish();
        return new BindMount(mount);
    }

    /// <summary>Whether a process sees it. False when that cannot be known.</summary>
    public bool IsSeenBy(int pid)
    {
        var path = ProcFs.DescriptorTarget(Environment.ProcessId, _mount.Number);
        return ProcFs.Lines($"/proc/{pid}/mountinfo").Any(line => line.Split(' ') is [_, _, _, _, var target, ..] && Plain(target) == path);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_mount.IsClosed)
        {
            _ = umount2($"/proc/self/fd/{_mount.Number}", MNT_DETACH); // EINVAL: somebody else has taken it away.
            _mount.Dispose();
        }
    }

    // Blanks, tabs, line ends and backslashes are octal numbers there (proc_pid_mountinfo(5)).
    private static string Plain(string text) => Escape().Replace(text, match => ((char)Convert.ToInt32(match.Groups[1].Value, 8)).ToString());

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Escape();
}
