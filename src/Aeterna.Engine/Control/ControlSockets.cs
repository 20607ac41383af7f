using System.Net;
using System.Net.Sockets;
using Aeterna.Configuration;
using Aeterna.Linux;
using Aeterna.Machine.Plans;
using Aeterna.Telemetry;

namespace Aeterna.Control;

/// <summary>
/// The bound sockets of the control API, opened before anything is started: the control socket is a must, a TCP port that is
/// taken is only a notice, since a metrics port must not stop a log host. Kestrel listens on duplicates of them, later.
/// </summary>
internal sealed class ControlSockets : IDisposable
{
    /// <summary>Connections that may wait to be accepted.</summary>
    public const int Backlog = 512;

    private readonly Dictionary<EndPoint, Socket> _sockets = []; // The server gets duplicates, so that another one can follow it.
    private SocketFile? _file;

    /// <summary>Path of the control socket.</summary>
    public required string Path { get; init; }

    /// <summary>TCP addresses that could be bound.</summary>
    public IEnumerable<IPEndPoint> Tcp => _sockets.Keys.OfType<IPEndPoint>();

    /// <summary>Binds everything that the plan names.</summary>
    /// <exception cref="EngineStartException">The control socket cannot be had.</exception>
    public static ControlSockets Open(Plan plan, EnginePaths paths, EngineNotices notices)
    {
        var sockets = new ControlSockets { Path = paths.ControlSocket };
        try
        {
            sockets.OpenControlSocket(paths, plan.Service.Name);
            sockets.OpenTcp(plan, notices);
            return sockets;
        }
        catch
        {
            sockets.Dispose();
            throw;
        }
    }

    /// <summary>Goes on with a predecessor's, whose descriptors it takes over. A TCP port that could not be had is tried again.</summary>
    public static ControlSockets From(ControlSocketsState state, Plan plan, EnginePaths paths, EngineNotices notices)
    {
        var sockets = new ControlSockets { Path = paths.ControlSocket, _file = SocketFile.From(state.File) };
        foreach (var (address, fd) in state.Sockets)
        {
            EndPoint endpoint = address is null ? new UnixDomainSocketEndPoint(paths.ControlSocket) : IPEndPoint.Parse(address);
            sockets._sockets.Add(endpoint, new Socket(new SafeSocketHandle(fd, ownsHandle: true)));
        }

        sockets.OpenTcp(plan, notices);
        return sockets;
    }

    /// <summary>They as plain data; the descriptors stay this object's.</summary>
    public ControlSocketsState State() =>
        new(_file!.State(), [.. _sockets.Select(s => new ControlSocketState((s.Key as IPEndPoint)?.ToString(), (int)s.Value.Handle))]);

    /// <summary>A duplicate of a socket; the caller's.</summary>
    public Socket Take(EndPoint address) => _sockets.TryGetValue(address, out var socket)
        ? new Socket(new SafeSocketHandle(Errno.ThrowIfFailed(LibC.fcntl((int)socket.Handle, Libc.F_DUPFD_CLOEXEC, 0), "fcntl(F_DUPFD_CLOEXEC)"), ownsHandle: true))
        : throw new InvalidOperationException($"{address} was not bound for the control API");

    /// <summary>Closes a socket that is not to be served after all.</summary>
    public void Close(EndPoint address)
    {
        if (_sockets.Remove(address, out var socket))
        {
            socket.Dispose();
        }
    }

    /// <summary>Closes them, and removes the control socket's path: only if it is ours.</summary>
    public void Dispose()
    {
        _file?.Remove();
        _file?.Dispose();
        foreach (var socket in _sockets.Values)
        {
            socket.Dispose();
        }

        _sockets.Clear();
    }

    private void OpenControlSocket(EnginePaths paths, string service)
    {
        try
        {
            using var unbound = new FileDescriptor(Errno.ThrowIfFailed(LibC.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0), "socket"));

            // In the run directory the lock on engine.pid has decided that no other engine is alive; elsewhere only the socket can tell.
            _file = SocketFile.Bind(unbound, Path, null, isOurs: System.IO.Path.GetDirectoryName(Path) == paths.RunDirectory);
            _sockets.Add(new UnixDomainSocketEndPoint(Path), new Socket(new SafeSocketHandle(unbound.Number, ownsHandle: true)));
            unbound.SetHandleAsInvalid();
        }
        catch (Exception e) when (e is IOException or LinuxException or SocketException or ArgumentException)
        {
            throw new EngineStartException(
                $"cannot start {service}: cannot open the control socket {Path}: {e.Message} (control.socket can name another path)", e);
        }
    }

    private void OpenTcp(Plan plan, EngineNotices notices)
    {
        foreach (var (address, key) in new[] { (plan.Observability.Metrics, "observability.metrics_port"), (plan.Control.Listen, "control.listen") })
        {
            if (address is not null && !_sockets.ContainsKey(address))
            {
                OpenTcp(address, key, notices);
            }
        }
    }

    private void OpenTcp(IPEndPoint address, string key, EngineNotices notices)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(address);
            // Only listen(2) settles whose port it is: before it, several sockets with SO_REUSEADDR can be bound to one.
            socket.Listen(Backlog);
            _sockets.Add(address, socket);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            notices.Set(key, $"cannot listen on {address} ({key}): {e.Message}; the control API is not served there");
        }
    }
}

/// <summary>The <see cref="ControlSockets"/> as plain data.</summary>
/// <param name="File">The control socket's file.</param>
/// <param name="Sockets">They.</param>
internal sealed record ControlSocketsState(FileState File, IReadOnlyList<ControlSocketState> Sockets);

/// <summary>A socket of the control API.</summary>
/// <param name="Address">Its TCP address; null: the control socket.</param>
/// <param name="Fd">Its descriptor.</param>
internal sealed record ControlSocketState(string? Address, int Fd);
