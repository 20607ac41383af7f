using System.Net;
using System.Net.Sockets;
using System.Text;
using Aeterna.Configuration;
using Aeterna.Control;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Machine.Plans;
using Aeterna.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Aeterna.Tests.Support;

/// <summary>A real control server on a socket and a loopback port, with a fake orchestrator behind it.</summary>
internal sealed class ControlRig : IAsyncDisposable
{
    private ControlServer? _server;
    private ControlSockets? _sockets;
    private bool _disposed;

    private ControlRig(string? socket)
    {
        Paths = new EnginePaths(Scratch["run"], socket ?? System.IO.Path.Combine(Scratch["run"], "control.sock"), Scratch["history"]);
        Directory.CreateDirectory(Paths.RunDirectory);
        Journal = new EngineJournal(
            new HistoryStore(Paths.HistoryDirectory, 100, Notices, NullLogger<HistoryStore>.Instance), Instruments, TimeProvider.System,
            NullLogger<EngineJournal>.Instance);
        Orchestrator = new FakeOrchestrator(Journal);
    }

    public ScratchDirectory Scratch { get; } = new();

    public EnginePaths Paths { get; }

    public EngineNotices Notices { get; } = new();

    public EngineInstruments Instruments { get; } = new(TimeProvider.System);

    public EngineJournal Journal { get; }

    public FakeOrchestrator Orchestrator { get; }

    public string Socket => Paths.ControlSocket;

    /// <summary>Port of the first TCP address.</summary>
    public int Port { get; private set; }

    public static async Task<ControlRig> Start(
        Func<ControlPlan, ControlPlan>? control = null, TimeSpan? heartbeat = null, uint? engineUid = null, string? socket = null, bool metrics = true,
        TimeSpan? idle = null)
    {
        var rig = new ControlRig(socket);
        rig.Port = Ports.Next();
        var plan = rig.MakePlan(control, metrics);
        rig._sockets = ControlSockets.Open(plan, rig.Paths, rig.Notices);
        while (metrics && rig._sockets.Tcp.All(address => address.Port != rig.Port))
        {
            // Somebody was faster.
            rig._sockets.Dispose();
            rig.Notices.Clear("observability.metrics_port");
            rig.Port = Ports.Next();
            plan = rig.MakePlan(control, metrics);
            rig._sockets = ControlSockets.Open(plan, rig.Paths, rig.Notices);
        }

        rig._server = await ControlServer.Start(
            new ControlParts
            {
                Plan = plan.Control,
                Security = ControlSecurity.From(plan.Control, engineUid ?? Session.EffectiveUser(), rig.Notices),
                Orchestrator = rig.Orchestrator,
                Journal = rig.Journal,
                Instruments = rig.Instruments,
                Notices = rig.Notices,
                Logs = NullLoggerFactory.Instance,
                Heartbeat = heartbeat ?? TimeSpan.FromSeconds(15),
                IdleLimit = idle ?? TimeSpan.FromSeconds(30),
            },
            rig._sockets);
        return rig;
    }

    private Plan MakePlan(Func<ControlPlan, ControlPlan>? control, bool metrics) => new()
    {
        SourcePath = "/etc/aeterna.yaml",
        SourceSha256 = "",
        Service = new ServicePlan { Name = "rsyslogd", Command = ["/bin/true"] },
        Observability = new ObservabilityPlan { Metrics = metrics ? new IPEndPoint(IPAddress.Loopback, Port) : null },
        Control = control?.Invoke(new ControlPlan()) ?? new ControlPlan(),
    };

    /// <summary>A client over the control socket.</summary>
    public HttpClient OverSocket() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri("http://localhost"), Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>A client over TCP.</summary>
    public HttpClient OverTcp() => new() { BaseAddress = new Uri($"http://127.0.0.1:{Port}"), Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>A bare connection to the control socket.</summary>
    public async Task<NetworkStream> Raw()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket));
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Sends bytes and returns all that comes until the server closes.</summary>
    public async Task<string> Exchange(byte[] request)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using var stream = await Raw();
        await stream.WriteAsync(request, limit.Token);
        using var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, limit.Token);
        }
        catch (IOException)
        {
            Assert.NotEqual(0, answer.Length);
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }

    /// <summary>Ends it; once more does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Journal.Close();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _sockets?.Dispose();
        await Journal.DisposeAsync();
        Scratch.Dispose();
    }
}
