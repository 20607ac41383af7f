using System.Net;
using System.Security.Cryptography;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration;
using Aeterna.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aeterna.Control;

/// <summary>What the control API serves, and how.</summary>
internal sealed record ControlParts
{
    public required ControlPlan Plan { get; init; }

    public required ControlSecurity Security { get; init; }

    public required IOrchestrator Orchestrator { get; init; }

    public required IEngineJournal Journal { get; init; }

    public required EngineInstruments Instruments { get; init; }

    public required EngineNotices Notices { get; init; }

    public required ILoggerFactory Logs { get; init; }

    /// <summary>Time between two signs of life on a quiet event stream.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a connection may be kept without a request.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>
/// Kestrel on the control socket and on TCP. Built from nothing: no configuration file, no environment variable and no signal
/// handler of the framework has a say.
/// </summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private static readonly TimeSpan _goodbye = TimeSpan.FromSeconds(2);
    private readonly WebApplication _app;

    private ControlServer(WebApplication app) => _app = app;

    /// <summary>Starts to serve. The sockets become the server's.</summary>
    public static async Task<ControlServer> Start(ControlParts parts, ControlSockets sockets)
    {
        var log = parts.Logs.CreateLogger<ControlServer>();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "aeterna", ContentRootPath = "/" });
        builder.Services.AddSingleton(parts.Logs);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = _goodbye);
        builder.Services.Configure<SocketTransportOptions>(transport =>
        {
            transport.Backlog = ControlSockets.Backlog;
            transport.CreateBoundListenSocket = sockets.Take;
        });
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, parts, sockets, log));

        var app = builder.Build();
        new ControlMiddleware(parts.Security, parts.Instruments, log).Use(app);
        app.UseRouting();
        new ReadEndpoints(parts).Map(app);
        new ChangeEndpoints(parts.Orchestrator).Map(app);
        new EventEndpoint(parts.Journal, parts.Heartbeat, app.Lifetime.ApplicationStopping).Map(app);
        var server = new ControlServer(app);
        try
        {
            await app.StartAsync().ConfigureAwait(false);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        foreach (var address in app.Urls)
        {
            ControlLog.Listening(log, address);
        }

        return server;
    }

    /// <summary>The addresses that are served, as URLs.</summary>
    public IEnumerable<string> Addresses => _app.Urls;

    /// <summary>Ends: no new requests, a moment for those under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private static void Listen(KestrelServerOptions kestrel, ControlParts parts, ControlSockets sockets, ILogger log)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        kestrel.Limits.KeepAliveTimeout = parts.IdleLimit;
        kestrel.Limits.MaxRequestBodySize = RequestBody.MostRead;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.ConfigureEndpointDefaults(listen =>
        {
            listen.Protocols = HttpProtocols.Http1;

            // One for each listening socket, so that a flood on TCP leaves the control socket free.
            new ConnectionGate(parts.Security.EngineUid, log).Guard(listen);
        });
        kestrel.ListenUnixSocket(sockets.Path);
        foreach (var address in sockets.Tcp.ToList())
        {
            // Readings on this machine stay plain; what leaves it is encrypted as soon as there is a certificate.
            var encrypt = parts.Plan.Tls is not null && (address.Equals(parts.Plan.Listen) || !IPAddress.IsLoopback(address.Address));
            if (!encrypt)
            {
                kestrel.Listen(address);
            }
            else if (ReadTls(parts, address, log) is { } tls)
            {
                kestrel.Listen(address, listen => listen.UseHttps(tls));
            }
            else
            {
                sockets.Close(address);
            }
        }
    }

    // Without its certificate an address is not served at all: falling back to plain text would betray tokens.
    private static Action<HttpsConnectionAdapterOptions>? ReadTls(ControlParts parts, IPEndPoint address, ILogger log)
    {
        try
        {
            return ControlTls.Read(parts.Plan.Tls!);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            var notice = $"cannot read control.tls: {e.Message}; the control API is not served on {address}";
            parts.Notices.Set("tls", notice);
            ControlLog.Notice(log, notice);
            return null;
        }
    }

    /// <summary>Takes the place of the framework's own signal handlers.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
