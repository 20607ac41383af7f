using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// A file mounted on itself (mount(2), MS_BIND): as long as it is, its name cannot be removed or replaced (EBUSY), and leads to the same file as before. Holds for
/// all who see the mount. Dispose takes it away.
/// </summary>
internal sealed unsafe partial class BindMount : IDisposable
{
    private const ulong MS_BIND = 4096;
    private const int MNT_DETACH = 2;

    private readonly string _path;
    private bool _isOff;

    private BindMount(string path) => _path = path;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string? type, ulong flags, void* data);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, int flags);

    /// <summary>Mounts a file on itself.</summary>
    /// <param name="path">Its absolute path.</param>
    /// <exception cref="LinuxException">EPERM (without CAP_SYS_ADMIN), ENOENT, EACCES.</exception>
    public static BindMount Of(string path)
    {
        Errno.ThrowIfFailed(mount(path, path, null, MS_BIND, null), "mount(MS_BIND)");
        return new BindMount(path);
    }

    /// <summary>Whether a process sees something mounted on a path. False when that cannot be known.</summary>
    public static bool IsSeenBy(int pid, string path) =>
        ProcFs.Lines($"/proc/{pid}/mountinfo").Any(line => line.Split(' ') is [_, _, _, _, var target, ..] && target == path);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isOff)
        {
            _isOff = true;
            _ = umount2(_path, MNT_DETACH); // EINVAL: somebody else has taken it away.
        }
    }
}
