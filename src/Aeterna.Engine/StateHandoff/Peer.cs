using System.Net.Sockets;
using Aeterna.Linux;

namespace Aeterna.StateHandoff;

/// <summary>
/// The connection of one process of a generation, frame by frame. Owns the socket, and the descriptors that came over it until they are
/// taken. One reader and one writer at a time; a read that is given up goes on until the peer is disposed.
/// </summary>
internal sealed partial class Peer(Socket socket, int pid, int generation, FrameLimits limits) : IDisposable
{
    private const int MostDescriptors = 4;

    private readonly List<int> _descriptors = [];
    private readonly Lock _gate = new();
    private bool _disposed;

    public int Pid { get; } = pid;

    public int Generation { get; } = generation;

    public PeerRole Role { get; set; }

    /// <summary>A receiver that wants what changes until the end.</summary>
    public bool WantsFinal { get; set; }

    /// <summary>It has had time to say who it is, and has not: it only reads.</summary>
    public bool Silent { get; set; }

    /// <summary>A handoff has it; nobody else may read from it.</summary>
    public bool Claimed { get; set; }

    /// <summary>Called once, when it has been closed.</summary>
    public Action? Closed { get; init; }

    /// <summary>A registered provider of a generation.</summary>
    public bool IsProviderOf(int generation) => Role == PeerRole.Provider && Generation == generation;

    /// <summary>Whether it is there to take the state that is meant for a generation.</summary>
    public bool Takes(int generation) =>
        Generation == generation && (Role == PeerRole.Receiver || (Role == PeerRole.Unknown && Silent));

    /// <summary>Whether the peer has read all that was sent.</summary>
    public bool HasReadAll() => SocketQueue.Unread(socket) == 0;

    /// <summary>Whether it has closed its end, although there may still be something of it to read.</summary>
    public bool HungUp()
    {
        try
        {
            using var handle = Pin();
            return PollOnce.HungUp(handle.Number);
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        bool closes;
        lock (_gate)
        {
            closes = !_disposed;
            _disposed = true;
            _descriptors.ForEach(fd => _ = LibC.close(fd));
            _descriptors.Clear();
        }

        socket.Dispose();
        if (closes)
        {
            Closed?.Invoke();
        }
    }

    /// <summary>The socket's number, which cannot be closed, and given to another file, until this is disposed.</summary>
    public PinnedHandle Pin()
    {
        var added = false;
        socket.SafeHandle.DangerousAddRef(ref added);
        return new PinnedHandle(socket.SafeHandle);
    }

    private static SrpException Broken(Exception e) => new($"broke the connection off: {e.Message}", e);

    /// <summary>A number that stays the socket's.</summary>
    public readonly struct PinnedHandle(SafeSocketHandle handle) : IDisposable
    {
        public int Number => (int)handle.DangerousGetHandle();

        public void Dispose() => handle.DangerousRelease();
    }
}
