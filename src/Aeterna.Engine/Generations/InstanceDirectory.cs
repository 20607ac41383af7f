using Aeterna.Linux;

namespace Aeterna.Generations;

/// <summary>
/// The private directory of a generation (<c>AETERNA_INSTANCE_DIR</c>), in the run directory, which is the engine's. It is the engine's
/// too until it is given away; afterwards the engine makes nothing in it any more, and removes it with its owner's rights.
/// </summary>
internal sealed class InstanceDirectory : IDisposable
{
    private readonly Folder _run;
    private readonly Folder _own;

    private InstanceDirectory(Folder run, Folder own) => (_run, _own) = (run, own);

    /// <summary>Makes it, empty, mode 0700. What an earlier one has left there, and cannot be removed, is put aside.</summary>
    /// <param name="path">Where.</param>
    /// <param name="onLeft">Told where that was put, and the errno.</param>
    /// <exception cref="IOException">The run directory is not safe.</exception>
    /// <exception cref="LinuxException">It cannot be made.</exception>
    public static InstanceDirectory Create(string path, Action<string, int> onLeft)
    {
        var name = Path.GetFileName(path);
        var run = Folder.OpenSafe(Path.GetDirectoryName(path)!);
        try
        {
            if (run.RemoveTree(name) is var error and not 0)
            {
                var aside = $"left-{name}-{Guid.NewGuid():N}";
                run.Rename(name, aside);
                onLeft(aside, error);
            }

            return new InstanceDirectory(run, run.Make(name));
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Gives it, and a socket that was made in it, to the user that the generation is to have.</summary>
    /// <exception cref="LinuxException">EPERM.</exception>
    public void GiveTo(Launch.LaunchUser user, string socket)
    {
        // The folder last: before, nobody else can put anything in the socket's place.
        _own.Give(socket, user.Uid, user.Gid);
        _own.Give(user.Uid, user.Gid);
    }

    /// <summary>Removes it with all that the program left in it, as far as that goes.</summary>
    public static void Remove(string path)
    {
        try
        {
            using var run = Folder.OpenSafe(Path.GetDirectoryName(path)!);
            run.RemoveTree(Path.GetFileName(path));
        }
        catch (Exception e) when (e is IOException or LinuxException)
        {
            // It is put aside at the next start.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _own.Dispose();
        _run.Dispose();
    }
}
