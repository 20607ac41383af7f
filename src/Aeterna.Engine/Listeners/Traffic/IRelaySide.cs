using Aeterna.Linux;

namespace Aeterna.Listeners.Traffic;

/// <summary>A generation's side of a relayed stream listener, as the broker's answer to accept(2) needs it. May be called from any thread.</summary>
internal interface IRelaySide
{
    /// <summary>The private listening socket that the generation has; owned by the relay.</summary>
    FileDescriptor Listener { get; }

    /// <summary>The held socket with the address that clients use; owned by the table.</summary>
    FileDescriptor Public { get; }

    /// <summary>Takes the connection that has waited longest; null when none waits.</summary>
    IRelayLeg? TryAccept();

    /// <summary>Raised when <see cref="TryAccept"/> may have something to give; on any thread, outside any lock.</summary>
    event Action? Arrived;
}

/// <summary>One client's connection as a generation gets it: an end of a private unix stream.</summary>
internal interface IRelayLeg
{
    /// <summary>The generation's end; owned by the relay. It is blocking; O_NONBLOCK is shared with the generation's own descriptor.</summary>
    FileDescriptor End { get; }

    /// <summary>The engine's end, which stays the relay's: by its number a successor of this engine finds the connection again.</summary>
    int OwnEnd { get; }

    /// <summary>The client's connection itself, for socket options; owned by the relay, null when it has ended.</summary>
    FileDescriptor? Client { get; }

    /// <summary>The client's address as the kernel has it (<c>sockaddr</c>).</summary>
    byte[] PeerAddress { get; }

    /// <summary>The address that the client connected to, likewise.</summary>
    byte[] LocalAddress { get; }

    /// <summary>The generation has it.</summary>
    void WasGiven();

    /// <summary>The generation closes its descriptor: no other one is known. Called before the close takes effect.</summary>
    /// <param name="process">The process that closes.</param>
    void Closing(int process);

    /// <summary>It could not be given to the generation: it is the next one that <see cref="IRelaySide.TryAccept"/> returns.</summary>
    void Return();
}
