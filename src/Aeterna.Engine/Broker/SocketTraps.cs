using Aeterna.Listeners;

namespace Aeterna.Broker;

/// <summary>listen(2) and shutdown(2) on held sockets; on others they are untouched.</summary>
internal sealed class SocketTraps(int generation, ListenerTable listeners)
{
    /// <summary>The accept queue of a held socket grows and never shrinks.</summary>
    public Answer Listen(Caller caller)
    {
        var inode = caller.SocketInode(caller.IntArgument(0));
        return inode is { } known && listeners.Listen(generation, known, caller.IntArgument(1)) is { } error ? Answer.Of(error) : Answer.Untouched;
    }

    /// <summary>A shutdown would end the socket for every generation.</summary>
    public Answer Shutdown(Caller caller) =>
        caller.SocketInode(caller.IntArgument(0)) is { } inode && listeners.IsHeld(inode) ? Answer.Done : Answer.Untouched;
}
