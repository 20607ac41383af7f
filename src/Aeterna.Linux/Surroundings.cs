namespace Aeterna.Linux;

/// <summary>From where a thread sees the files: its root directory, its working directory and its umask. Owns the descriptors.</summary>
/// <param name="Root">Null: the engine's own.</param>
/// <param name="Directory">The working directory (O_PATH).</param>
/// <param name="Umask">The umask.</param>
internal sealed record Surroundings(FileDescriptor? Root, FileDescriptor Directory, int Umask) : IDisposable
{
    /// <summary>Those of a thread; null when it is gone. Needs PTRACE_MODE_READ rights.</summary>
    /// <exception cref="LinuxException">EACCES, EMFILE.</exception>
    public static Surroundings? Of(int tid)
    {
        if (ProcFs.StatusField(tid, "Umask") is not { } umask)
        {
            return null;
        }

        FileDescriptor? root = null;
        try
        {
            root = SharesRoot(tid) ? null : Open($"/proc/{tid}/root");
            return new Surroundings(root, Open($"/proc/{tid}/cwd"), Convert.ToInt32(umask, 8));
        }
        catch (LinuxException e)
        {
            root?.Dispose();
            if (e.Number == Errno.ENOENT)
            {
                return null;
            }

            throw;
        }
    }

    /// <summary>A path that is used from here does not begin at the root.</summary>
    public bool DirectoryCounts { get; init; } = true;

    /// <summary>Whether they are those of the engine, as far as they count.</summary>
    public bool AreOurs() =>
        Root is null
        && ProcFs.StatusField(Environment.ProcessId, "Umask") is { } umask && Convert.ToInt32(umask, 8) == Umask
        && (!DirectoryCounts || FileStatus.Of(UnixFiles.AT_FDCWD, ".")?.Identity == FileStatus.Of(Directory).Identity);

    /// <summary>Whether a thread's root directory is ours: only then do its paths have the same names for us.</summary>
    public static bool SharesRoot(int tid) => ProcFs.Link(tid, "root") == "/" && ProcFs.SharesNamespace(tid, "mnt");

    /// <inheritdoc/>
    public void Dispose()
    {
        Root?.Dispose();
        Directory.Dispose();
    }

    private static FileDescriptor Open(string link) =>
        new(Errno.ThrowIfFailed(Libc.open(link, Libc.O_PATH | Libc.O_CLOEXEC, 0), "open"));
}
