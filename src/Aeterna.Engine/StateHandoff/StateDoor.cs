using System.Net.Sockets;
using Aeterna.Linux;
using Microsoft.Extensions.Logging;

namespace Aeterna.StateHandoff;

/// <summary>
/// Where processes come in: the sockets that listen, and who may pass. Learns from a peer's process id to which generation it belongs,
/// and refuses everybody else. Owns the listening sockets. May be used from any thread.
/// </summary>
/// <param name="generationOf">The generation that a process belongs to; null: none.</param>
/// <param name="welcome">Gets each connection of a generation, and owns it.</param>
/// <param name="farewell">Gets the others.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class StateDoor(
    Func<int, int?> generationOf, Func<Peer, Task> welcome, PeerFarewell farewell, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>Connections at a time with those that are being recognised, refused and let go; what comes beyond is closed without a word.</summary>
    public const int MostSockets = 2 * PeerTable.Most;

    /// <summary>A process may be here before the engine has written down that it was started: for so long it is looked for.</summary>
    public static readonly TimeSpan Recognition = TimeSpan.FromMilliseconds(500);

    /// <summary>How often it is.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private readonly List<StateSocket> _sockets = [];
    private int _open;
    private bool _closed;

    /// <summary>Listens at a path; nothing if it does already.</summary>
    /// <exception cref="SrpException">It cannot be had.</exception>
    public void Open(string path, (uint Uid, uint Gid)? owner, FrameLimits limits)
    {
        lock (_gate)
        {
            if (_closed || _sockets.Exists(s => s.Path == path))
            {
                return;
            }

            var socket = StateSocket.Open(path, owner);
            _sockets.Add(socket);
            _ = Accept(socket.Socket, limits);
        }

        logger.Listening(path);
    }

    /// <summary>Stops listening everywhere else; connections stay.</summary>
    public void KeepOnly(string? path)
    {
        lock (_gate)
        {
            _sockets.FindAll(s => s.Path != path).ForEach(s => s.Dispose());
            _sockets.RemoveAll(s => s.Path != path);
        }
    }

    public bool ListensOn(string path)
    {
        lock (_gate)
        {
            return _sockets.Exists(s => s.Path == path);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _sockets.ForEach(s => s.Dispose());
            _sockets.Clear();
        }
    }

    private async Task Accept(Socket listener, FrameLimits limits)
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync().ConfigureAwait(false);
                if (Interlocked.Increment(ref _open) > MostSockets)
                {
                    Interlocked.Decrement(ref _open);
                    socket.Dispose();
                    continue;
                }

                _ = Attend(socket, limits);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            if (e is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets })
            {
                await Task.Delay(Recognition, time).ConfigureAwait(false);
                _ = Accept(listener, limits);
            }
        }
    }

    private async Task Attend(Socket socket, FrameLimits limits)
    {
        var pid = PeerCredentials.Of(socket)?.Pid ?? 0;
        var generation = await Recognise(pid).ConfigureAwait(false);
        var peer = new Peer(socket, pid, generation ?? 0, limits) { Closed = () => Interlocked.Decrement(ref _open) };
        await (generation is null
            ? farewell.TurnAway(peer, "stranger", "it belongs to no generation of this service")
            : welcome(peer)).ConfigureAwait(false);
    }

    private async Task<int?> Recognise(int pid)
    {
        var from = time.GetTimestamp();
        int? generation;
        while ((generation = generationOf(pid)) is null && time.GetElapsedTime(from) < Recognition)
        {
            await Task.Delay(Look, time).ConfigureAwait(false);
        }

        return generation;
    }
}
