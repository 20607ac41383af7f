namespace Aeterna.Linux;

/// <summary>
/// Empties a folder with all that is below it, while its owner may still change it: from folder to open folder, never through a link,
/// and back up only to the very folder that it came from. Keeps no descriptor for a level, so that a tree may be as deep as it likes.
/// </summary>
internal static class FolderTree
{
    /// <summary>A tree that changes more often meanwhile is somebody's game.</summary>
    private const int MostDisturbances = 1000;

    private const int OwnerHasAll = 0x1C0; // 0700

    /// <summary>Removes all that is in a folder, which itself stays, with the calling thread's rights.</summary>
    /// <param name="folder">Any descriptor of it; stays the caller's.</param>
    /// <returns>0, or why something had to be left: EACCES, EPERM, EBUSY; ELOOP: it is changed all the time.</returns>
    /// <exception cref="LinuxException">EMFILE, ENFILE.</exception>
    public static int Empty(FileDescriptor folder)
    {
        for (var round = 0; round < MostDisturbances; round++)
        {
            var error = Pass(folder);
            if (error != Errno.EAGAIN)
            {
                return error;
            }
        }

        return Errno.ELOOP;
    }

    /// <summary>Goes through the tree once; EAGAIN: it was changed meanwhile.</summary>
    private static int Pass(FileDescriptor top)
    {
        List<(FileIdentity Folder, byte[] Name)> above = [];
        if (Enter(top.Number, "."u8.ToArray().Append((byte)0).ToArray(), out var here) is var failed and not 0)
        {
            return failed;
        }

        try
        {
            while (true)
            {
                var error = RemoveFiles(here, out var below);
                if (error != 0)
                {
                    return error;
                }

                if (below is not null)
                {
                    above.Add((FileStatus.Of(here).Identity, below));
                    error = Enter(here.Number, below, out var next);
                    if (error != 0)
                    {
                        return error;
                    }

                    here.Dispose();
                    here = next;
                    continue;
                }

                if (above.Count == 0)
                {
                    return 0;
                }

                var (came, name) = above[^1];
                above.RemoveAt(above.Count - 1);
                if (Enter(here.Number, "..\0"u8.ToArray(), out var up) is var lost and not 0)
                {
                    return lost;
                }

                here.Dispose();
                here = up;
                if (FileStatus.Of(here).Identity != came)
                {
                    return Errno.EAGAIN; // The folder was moved away, and this is another.
                }

                if (UnixFiles.Unlink(here.Number, name, isFolder: true) is var kept and not (0 or Errno.ENOENT))
                {
                    return kept is Errno.ENOTEMPTY or Errno.ENOTDIR ? Errno.EAGAIN : kept;
                }
            }
        }
        finally
        {
            here.Dispose();
        }
    }

    /// <summary>Removes what is no folder, up to the first folder, which it names.</summary>
    private static int RemoveFiles(FileDescriptor folder, out byte[]? below)
    {
        below = null;
        UnixFiles.Rewind(folder.Number);
        while (UnixFiles.Names(folder.Number) is { Count: > 0 } names)
        {
            foreach (var name in names)
            {
                var error = UnixFiles.Unlink(folder.Number, name, isFolder: false);
                if (error == Errno.EISDIR)
                {
                    below = name;
                    return 0;
                }

                if (error is not (0 or Errno.ENOENT))
                {
                    return error;
                }
            }
        }

        return 0;
    }

    /// <summary>Opens a folder for reading. One that its owner has closed to himself is opened up first.</summary>
    private static int Enter(int folder, byte[] name, out FileDescriptor opened)
    {
        opened = UnixFiles.Open(folder, name, Libc.O_RDONLY | Libc.O_DIRECTORY);
        if (!opened.IsInvalid)
        {
            return MakeWritable(opened);
        }

        var error = Errno.Last;
        if (error is Errno.EMFILE or Errno.ENFILE)
        {
            throw new LinuxException("openat", error);
        }

        if (error != Errno.EACCES)
        {
            return error is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP ? Errno.EAGAIN : error; // It was exchanged.
        }

        using var closed = UnixFiles.Open(folder, name, Libc.O_PATH | Libc.O_DIRECTORY);
        if (closed.IsInvalid || UnixFiles.SetMode(closed.Number, OwnerHasAll) != 0)
        {
            return Errno.EACCES;
        }

        opened = UnixFiles.Open(folder, name, Libc.O_RDONLY | Libc.O_DIRECTORY);
        return opened.IsInvalid ? Errno.EAGAIN : 0;
    }

    private static int MakeWritable(FileDescriptor folder)
    {
        if ((FileStatus.Of(folder).Mode & OwnerHasAll) != OwnerHasAll)
        {
            _ = UnixFiles.SetMode(folder.Number, OwnerHasAll); // If it is another's: what cannot be removed then says so.
        }

        return 0;
    }
}
