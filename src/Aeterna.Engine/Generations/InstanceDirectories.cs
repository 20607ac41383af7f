using Aeterna.Linux;

namespace Aeterna.Generations;

/// <summary>The private directory of a generation (<c>AETERNA_INSTANCE_DIR</c>).</summary>
internal static class InstanceDirectories
{
    /// <summary>Makes it, empty, mode 0700, the child's own.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void Create(string path, Launch.LaunchUser? user)
    {
        Remove(path);
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (user is not null && Libc.chown(path, user.Uid, user.Gid) < 0)
        {
            throw new IOException($"chown {path}: {Errno.Text(Errno.Last)}");
        }
    }

    /// <summary>Removes it with all that the program left in it.</summary>
    public static void Remove(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
