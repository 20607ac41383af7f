using Aeterna.Linux;
using Aeterna.Listeners;

using Microsoft.Extensions.Logging;

namespace Aeterna.Broker;

/// <summary>
/// unlink(2) and rename(2) of the paths of held sockets. A program removes its socket's path when it starts and when it ends;
/// both would take the path away from the other generation and from the clients.
/// </summary>
/// <param name="generation">The callers'.</param>
/// <param name="listeners">The held sockets.</param>
/// <param name="renamed">Told of the new name of every other file; null: nobody is.</param>
/// <param name="log">The log.</param>
internal sealed class PathTraps(int generation, ListenerTable listeners, Action<string>? renamed, ILogger log)
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
        if (listeners.HasPathNamed(LastName(oldPath)) || listeners.HasPathNamed(LastName(newPath)))
        {
            using var from = Resolve(caller, oldFolder, oldPath);
            using var to = Resolve(caller, newFolder, newPath);
            if (from is not null && to is not null && Rename(caller, from, to, flags) is { } error)
            {
                return Answer.Of(error);
            }
        }

        if (newPath is not null)
        {
            renamed?.Invoke(Shown(caller, newFolder, newPath));
        }

        return Answer.Untouched;
    }

    private int? Rename(Caller caller, FilePlace from, FilePlace to, uint flags)
    {
        // To exchange two names, or to replace nothing, is another wish: that is refused as before.
        using var own = flags == 0 ? listeners.MovesOntoHeld(generation, from, to) : null;
        using var exchange = own is null ? null : SocketExchange.For(caller, own, listeners.IsHeld, log);
        var error = listeners.Rename(
            generation, from, to, () => caller.InItsPlace("/", () => from.Rename(to, flags)), exchange is null ? null : exchange.Give);
        return error == 0 && exchange is not null ? exchange.Finish() : error;
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
