namespace Aeterna.Linux;

/// <summary>
/// A folder of the engine's, held open: what is made, given away and removed in it is named relative to it, and is never reached
/// through a link. Owns the descriptor.
/// </summary>
internal sealed class Folder : IDisposable
{
    /// <summary>The call that giving away names in its error.</summary>
    public const string Giving = "fchownat";

    private const uint OnlyOwner = 0x1C0; // 0700
    private const int MostLinks = 40; // As the kernel (path_resolution(7)).

    private readonly FileDescriptor _folder;
    private readonly string _path;

    private Folder(FileDescriptor folder, string path)
    {
        _folder = folder;
        _path = path;
    }

    /// <summary>
    /// Opens a folder that no other user can exchange: every folder on the way, and every link that is followed, is root's or the
    /// engine's own, and nobody else may put another in its place.
    /// </summary>
    /// <param name="path">Absolute.</param>
    /// <param name="make">Makes what is missing of it, mode 0700.</param>
    /// <exception cref="IOException">It is not such a folder, there is none, or it cannot be made.</exception>
    public static Folder OpenSafe(string path, bool make = false)
    {
        var (user, group) = (Libc.geteuid(), Libc.getegid());
        var rest = new List<string>(Parts(path));
        var here = Root();
        try
        {
            var links = 0;
            while (true)
            {
                if (!FileStatus.Of(here).IsSafeFolder(user, group))
                {
                    throw Unsafe(path, here, user);
                }

                if (rest.Count == 0)
                {
                    return new Folder(here, path);
                }

                var name = rest[0];
                rest.RemoveAt(0);
                var there = FileStatus.Of(here.Number, name);
                if (there is null && make)
                {
                    _ = UnixFiles.MakeFolder(here.Number, name, OnlyOwner); // If it fails, so does the next step.
                }

                if (there is { IsLink: true } link)
                {
                    var target = UnixFiles.ReadLink(here.Number, name);
                    if (target is null || ++links > MostLinks || !link.IsSafeOwner(user))
                    {
                        throw new IOException($"{path} is not safe: the link {name} on its way belongs to uid {link.Uid}");
                    }

                    rest.InsertRange(0, Parts(target));
                    here = target.StartsWith('/') ? Step(here, Root()) : here;
                    continue;
                }

                here = Step(here, UnixFiles.Open(here.Number, name, Libc.O_PATH | Libc.O_DIRECTORY), path);
            }
        }
        catch
        {
            here.Dispose();
            throw;
        }
    }

    /// <summary>Makes a folder, mode 0700, and opens it.</summary>
    /// <exception cref="LinuxException">EEXIST, ENOSPC, EACCES.</exception>
    public Folder Make(string name)
    {
        var error = UnixFiles.MakeFolder(_folder.Number, name, OnlyOwner);
        return error != 0 ? throw new LinuxException("mkdirat", error)
            : TryOpen(name) ?? throw new LinuxException("openat", Errno.ENOENT);
    }

    /// <summary>Opens a folder in it; null when there is none of that name.</summary>
    public Folder? TryOpen(string name)
    {
        var opened = UnixFiles.Open(_folder.Number, name, Libc.O_PATH | Libc.O_DIRECTORY);
        if (!opened.IsInvalid)
        {
            return new Folder(opened, System.IO.Path.Join(_path, name));
        }

        opened.Dispose();
        return null;
    }

    /// <summary>Gives it away.</summary>
    /// <exception cref="LinuxException">EPERM.</exception>
    public void Give(uint uid, uint gid) => Check(UnixFiles.Give(_folder.Number, uid, gid), Giving);

    /// <summary>Gives away what is in it under a name, while nobody else may write to the folder: afterwards it could be another.</summary>
    /// <exception cref="LinuxException">EPERM, ENOENT.</exception>
    public void Give(string name, uint uid, uint gid) => Check(UnixFiles.Give(_folder.Number, name, uid, gid), Giving);

    /// <summary>Its owner and mode.</summary>
    public FileStatus Status() => FileStatus.Of(_folder);

    /// <summary>What is in it under a name, a link itself; null if there is nothing.</summary>
    public FileStatus? Look(string name) => FileStatus.Of(_folder.Number, name);

    /// <summary>Opens a file in it that is no link. The caller owns the descriptor.</summary>
    /// <exception cref="LinuxException">ENOENT, EEXIST, EACCES; ELOOP: it is a link.</exception>
    public FileDescriptor Open(string name, int flags, uint mode = 0)
    {
        var file = UnixFiles.Open(_folder.Number, name, flags, mode);
        return file.IsInvalid ? throw new LinuxException("openat", Errno.Last) : file;
    }

    /// <summary>Names in it, as far as they are UTF-8.</summary>
    public IReadOnlyList<string> Names()
    {
        using var readable = Open(".", Libc.O_RDONLY | Libc.O_DIRECTORY);
        List<string> all = [];
        while (UnixFiles.Names(readable.Number) is { Count: > 0 } names)
        {
            all.AddRange(names.Select(n => System.Text.Encoding.UTF8.GetString(n.AsSpan(0, n.Length - 1))));
        }

        return all;
    }

    /// <summary>Renames within it, over what is there.</summary>
    /// <exception cref="LinuxException">ENOENT, EISDIR.</exception>
    public void Rename(string from, string to) => Check(UnixFiles.Rename(_folder.Number, from, _folder.Number, to, 0), "renameat2");

    /// <summary>Removes what has a name and is no folder; nothing if there is none.</summary>
    /// <exception cref="LinuxException">EACCES, EISDIR.</exception>
    public void Remove(string name)
    {
        if (UnixFiles.Unlink(_folder.Number, name) is var error and not (0 or Errno.ENOENT))
        {
            throw new LinuxException("unlinkat", error);
        }
    }

    /// <summary>
    /// Removes a folder in it with all that is below: with the rights of who owns that folder, since it is his to fill. Returns 0, or why
    /// something was left.
    /// </summary>
    /// <exception cref="LinuxException">The engine may not act as that owner, or has no descriptor left.</exception>
    public int RemoveTree(string name)
    {
        using (var tree = TryOpen(name))
        {
            if (tree is null)
            {
                return UnixFiles.Unlink(_folder.Number, name) is var none and not Errno.ENOENT ? none : 0;
            }

            var status = tree.Status();
            var error = status.Uid == Libc.geteuid()
                ? FolderTree.Empty(tree._folder)
                : Deputy.Do(Rights.OfUser(status.Uid, status.Gid, [status.Gid]), null, () => FolderTree.Empty(tree._folder));
            if (error != 0)
            {
                return error;
            }
        }

        return UnixFiles.Unlink(_folder.Number, [.. System.Text.Encoding.UTF8.GetBytes(name), 0], isFolder: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static FileDescriptor Root() => UnixFiles.Walk(UnixFiles.AT_FDCWD, "/", Libc.O_PATH | Libc.O_DIRECTORY);

    private static string[] Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private static FileDescriptor Step(FileDescriptor from, FileDescriptor to, string? path = null)
    {
        if (to.IsInvalid)
        {
            var why = Errno.Text(Errno.Last);
            to.Dispose();
            throw new IOException($"{path}: {why}");
        }

        from.Dispose();
        return to;
    }

    private static IOException Unsafe(string path, FileDescriptor folder, uint user)
    {
        var at = ProcFs.DescriptorTarget(Environment.ProcessId, folder.Number);
        return new IOException($"{path} is not safe: {at} has to be a folder of uid {user} or root that others cannot change");
    }

    private static void Check(int error, string call)
    {
        if (error != 0)
        {
            throw new LinuxException(call, error);
        }
    }
}
