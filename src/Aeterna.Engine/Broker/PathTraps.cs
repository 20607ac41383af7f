using Aeterna.Linux;
using Aeterna.Listeners;

namespace Aeterna.Broker;

/// <summary>
/// unlink(2) and rename(2) of the paths of held sockets. A program removes its socket's path when it starts and when it ends;
/// both would take the path away from the other generation and from the clients.
/// </summary>
/// <param name="generation">The callers'.</param>
/// <param name="listeners">The held sockets.</param>
/// <param name="adoption">For sockets that become held ones by their last name.</param>
/// <param name="renamed">Told of the new name of every other file; null: nobody is.</param>
internal sealed class PathTraps(int generation, ListenerTable listeners, Adoption adoption, Action<string>? renamed)
{
    private const int AT_REMOVEDIR = 0x200;

    public Answer Unlink(Caller caller) => Unlink(caller, UnixFiles.AT_FDCWD, caller.PathArgument(0));

    public Answer Unlinkat(Caller caller) =>
        (caller.IntArgument(2) & AT_REMOVEDIR) != 0 ? Answer.Untouched : Unlink(caller, caller.IntArgument(0), caller.PathArgument(1));

    public Answer Rename(Caller caller) =>
        Rename(caller, UnixFiles.AT_FDCWD, caller.PathArgument(0), UnixFiles.AT_FDCWD, caller.PathArgument(1), 0);

    public Answer Renameat(Caller caller) =>
        Rename(caller, caller.IntArgument(0), caller.PathArgument(1), caller.IntArgument(2), caller.PathArgument(3), 0);

    public Answer Renameat2(Caller caller) =>
        Rename(caller, caller.IntArgument(0), caller.PathArgument(1), caller.IntArgument(2), caller.PathArgument(3), (uint)caller.Argument(4));

    private Answer Unlink(Caller caller, int folder, string? path)
    {
        using var place = Find(caller, folder, path);
        return listeners.IsHeldPath(place) ? Answer.Done : Answer.Untouched;
    }

    private Answer Rename(Caller caller, int oldFolder, string? oldPath, int newFolder, string? newPath, uint flags)
    {
        if (adoption.HasName(LastName(oldPath)) || listeners.HasPathNamed(LastName(oldPath)) || listeners.HasPathNamed(LastName(newPath)))
        {
            using var from = Resolve(caller, oldFolder, oldPath);
            using var to = Resolve(caller, newFolder, newPath);
            if (from is not null && to is not null)
            {
                // To exchange two names, or to replace nothing, is another wish.
                var name = newFolder == UnixFiles.AT_FDCWD || newPath!.StartsWith('/') ? caller.NameOf(newPath!, to) : to.Path;
                if ((flags == 0 ? adoption.Rename(caller, from, to, name) : null) is { } answer)
                {
                    return answer;
                }

                if (listeners.Rename(generation, from, to, () => caller.InItsPlace("/", () => from.Rename(to, flags))) is { } error)
                {
                    return Answer.Of(error);
                }
            }
        }

        if (newPath is not null)
        {
            renamed?.Invoke(Shown(caller, newFolder, newPath));
        }

        return Answer.Untouched;
    }

    /// <summary>Where a path leads that may be a held one. Most are none, which the name alone tells, at no cost.</summary>
    private FilePlace? Find(Caller caller, int folder, string? path) =>
        listeners.HasPathNamed(LastName(path)) ? Resolve(caller, folder, path) : null;

    private static FilePlace? Resolve(Caller caller, int folder, string? path)
    {
        caller.ThrowIfGone();
        try
        {
            return path is null ? null : caller.Find(folder, path);
        }
        catch (LinuxException e) when (e.Call == UnixFiles.Walking)
        {
            return null; // The kernel has the right error.
        }
    }

    // For a sentence only: nothing is done by it.
    private static string Shown(Caller caller, int folder, string path) => Path.Join(
        path.StartsWith('/') ? ""
        : folder == UnixFiles.AT_FDCWD ? ProcFs.Link(caller.Process, "cwd")
        : ProcFs.DescriptorTarget(caller.Process, folder),
        path);

    private static string? LastName(string? path) => path?[(path.LastIndexOf('/') + 1)..];
}
