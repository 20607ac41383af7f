namespace Aeterna.Linux;

/// <summary>
/// Where a path led when it was looked at: a name in a folder that is held open from then on. What the path leads to later does not
/// matter any more. Owns the folder's descriptor.
/// </summary>
internal sealed class FilePlace : IDisposable
{
    private readonly FileDescriptor _folder;

    private FilePlace(FileDescriptor folder, string name, Whereabouts? where = null)
    {
        _folder = folder;
        Name = name;
        Where = where ?? new Whereabouts(FileStatus.Of(folder).Identity, name);
    }

    /// <summary>Takes over a folder that is open already.</summary>
    /// <param name="folder">Its descriptor, which the place owns from here on.</param>
    /// <param name="name">The name in it.</param>
    public static FilePlace In(int folder, string name) => new(new FileDescriptor(folder), name);

    /// <summary>The folder's descriptor; stays the place's.</summary>
    public int Folder => _folder.Number;

    /// <summary>The last name of the path.</summary>
    public string Name { get; }

    /// <summary>The place, to be compared with others.</summary>
    public Whereabouts Where { get; }

    /// <summary>The path by which the folder is known now, and the name.</summary>
    public string Path => System.IO.Path.Join(ProcFs.DescriptorTarget(Environment.ProcessId, _folder.Number) ?? "/", Name);

    /// <summary>Resolves a path as the calling thread sees it. Null when its last part is no name (<c>.</c>, <c>..</c>, or a slash).</summary>
    /// <param name="folder">Where a relative path begins: a descriptor, or AT_FDCWD.</param>
    /// <param name="path">The path; a link at its end is not followed.</param>
    /// <exception cref="LinuxException">The folder cannot be reached: ENOENT, EACCES, ENOTDIR, ELOOP.</exception>
    public static FilePlace? Resolve(int folder, string path)
    {
        var slash = path.LastIndexOf('/');
        var name = path[(slash + 1)..];
        return name is "" or "." or ".."
            ? null
            : new FilePlace(
                UnixFiles.Walk(folder, slash switch { < 0 => ".", 0 => "/", _ => path[..slash] }, Libc.O_PATH | Libc.O_DIRECTORY), name);
    }

    /// <summary>The same place for another owner.</summary>
    /// <exception cref="LinuxException">EMFILE.</exception>
    public FilePlace Copy() => new(
        FileDescriptor.Duplicate(_folder.Number), Name, Where);

    /// <summary>What is there, a link itself; null when nothing is, or it may not be looked at.</summary>
    public FileStatus? Look()
    {
        try
        {
            return FileStatus.Of(_folder.Number, Name);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>What is there, a link itself, by a descriptor that nothing can be read from (O_PATH); the caller's.</summary>
    /// <exception cref="LinuxException">ENOENT, EACCES, EMFILE.</exception>
    public FileDescriptor Open() => UnixFiles.Open(_folder.Number, Name, Libc.O_PATH) is { IsInvalid: false } file ? file : throw new LinuxException("openat", Errno.Last);

    /// <summary>Which file is there, if it is a socket.</summary>
    public FileIdentity? Socket() => Look() is { IsSocket: true } status ? status.Identity : null;

    /// <summary>Whether nothing is there. False when it may not be looked at.</summary>
    public bool IsEmpty()
    {
        try
        {
            return FileStatus.Of(_folder.Number, Name) is null;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Removes what is there, with the calling thread's rights; 0 or an errno.</summary>
    public int Remove() => UnixFiles.Unlink(_folder.Number, Name);

    /// <summary>renameat2(2) from here to another place, with the calling thread's rights; 0 or an errno.</summary>
    public int Rename(FilePlace to, uint flags) => UnixFiles.Rename(_folder.Number, Name, to._folder.Number, to.Name, flags);

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}

/// <summary>A name in a folder, whatever that folder's path is.</summary>
internal readonly record struct Whereabouts(FileIdentity Folder, string Name);
