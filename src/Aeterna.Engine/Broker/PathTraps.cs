using Aeterna.Linux;
using Aeterna.Listeners;

namespace Aeterna.Broker;

/// <summary>
/// unlink(2) and rename(2) of the paths of held sockets. A program removes its socket's path when it starts and when it ends;
/// both would take the path away from the other generation and from the clients.
/// </summary>
internal sealed class PathTraps(ListenerTable listeners)
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
        var file = Identify(caller, folder, path);
        caller.ThrowIfGone();
        return listeners.IsHeldPath(file) ? Answer.Done : Answer.Untouched;
    }

    private Answer Rename(Caller caller, int oldFolder, string? oldPath, int newFolder, string? newPath, uint flags)
    {
        if (oldPath is null || newPath is null || !caller.SharesRoot)
        {
            return Answer.Untouched;
        }

        var from = caller.Absolute(oldFolder, oldPath);
        var to = caller.Absolute(newFolder, newPath);
        var source = UnixFiles.Identify(UnixFiles.AT_FDCWD, from);
        var target = UnixFiles.Identify(UnixFiles.AT_FDCWD, to);
        caller.ThrowIfGone();
        var error = listeners.Rename(
            from,
            source,
            to,
            target,
            () => caller.InItsPlace(() => UnixFiles.Rename(UnixFiles.AT_FDCWD, from, UnixFiles.AT_FDCWD, to, flags)));
        return error is null ? Answer.Untouched : Answer.Of(error.Value);
    }

    private static FileIdentity? Identify(Caller caller, int folder, string? path) =>
        path is { Length: > 0 } && caller.SharesRoot ? UnixFiles.Identify(UnixFiles.AT_FDCWD, caller.Absolute(folder, path)) : null;
}
