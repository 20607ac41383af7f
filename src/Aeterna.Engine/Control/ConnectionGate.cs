using System.Net;
using Aeterna.Linux;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Aeterna.Control;

/// <summary>Who is at the other end of a connection, as it was found when it came.</summary>
/// <param name="Uid">The user; null when the client is on another machine or cannot be told.</param>
/// <param name="Pid">The process, where the kernel says (on the control socket).</param>
internal sealed record ConnectionPeer(uint? Uid, int? Pid);

/// <summary>
/// At the door of one listening socket: finds out who comes, and bounds how many connections one user may keep, so that nobody closes the
/// door to others. Root and the engine's user have places of their own.
/// </summary>
internal sealed class ConnectionGate(uint engineUid, ILogger log)
{
    /// <summary>Connections that root and the engine's user may have together.</summary>
    public const int MostOfTrusted = 256;

    /// <summary>Connections of one other user of this machine, or from one other address.</summary>
    public const int MostOfOne = 32;

    /// <summary>Connections of all others together.</summary>
    public const int MostOfOthers = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Guest> _guests = new(StringComparer.Ordinal);
    private int _others;

    private sealed class Guest
    {
        public int Count { get; set; }

        public bool WasRefused { get; set; }
    }

    /// <summary>Puts it before everything else that the socket's connections pass.</summary>
    public void Guard(ListenOptions listen) => listen.Use(next => connection => Pass(connection, next));

    private async Task Pass(ConnectionContext connection, ConnectionDelegate next)
    {
        var peer = Identify(connection);
        connection.Features.Set(peer);
        var trusted = peer.Uid is { } uid && (uid == 0 || uid == engineUid);
        var name = trusted ? "root and the engine's user"
            : peer.Uid is { } other ? $"uid {other}"
            : (connection.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "unknown";
        if (!Enter(name, trusted))
        {
            return; // Kestrel closes it.
        }

        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            Leave(name, trusted);
        }
    }

    private static ConnectionPeer Identify(ConnectionContext connection)
    {
        if (connection.RemoteEndPoint is IPEndPoint client)
        {
            return new ConnectionPeer(Access.IsLoopback(client.Address) ? SocketOwner.Find(client, connection.LocalEndPoint as IPEndPoint) : null, null);
        }

        var socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket;
        var credentials = socket is null ? null : PeerCredentials.Of(socket);
        return new ConnectionPeer(credentials?.Uid, credentials?.Pid);
    }

    private bool Enter(string name, bool trusted)
    {
        lock (_gate)
        {
            if (!_guests.TryGetValue(name, out var guest))
            {
                guest = new Guest();
            }

            if (guest.Count >= (trusted ? MostOfTrusted : MostOfOne) || (!trusted && _others >= MostOfOthers))
            {
                if (!guest.WasRefused)
                {
                    guest.WasRefused = true;
                    ControlLog.Crowded(log, name, guest.Count, trusted ? 0 : _others);
                }

                return false;
            }

            guest.Count++;
            _others += trusted ? 0 : 1;
            _guests[name] = guest;
            return true;
        }
    }

    private void Leave(string name, bool trusted)
    {
        lock (_gate)
        {
            var guest = _guests[name];
            guest.Count--;
            guest.WasRefused &= guest.Count > 0;
            _others -= trusted ? 0 : 1;
            if (guest.Count == 0)
            {
                _guests.Remove(name);
            }
        }
    }
}
