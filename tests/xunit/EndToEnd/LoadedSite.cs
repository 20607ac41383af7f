using System.Net;
using System.Net.Sockets;
using Aeterna.Load.Rsyslogd;
using Aeterna.Load.Running;
using Aeterna.Load.Senders;
using Aeterna.Load.Verification;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>A stock rsyslogd under an engine, with clients of all kinds that note what happens to them.</summary>
internal sealed class LoadedSite : IAsyncDisposable
{
    private readonly RsyslogdSite _site;
    private LoadRun? _run;

    private LoadedSite(RsyslogdSite site, LiveEngine engine)
    {
        _site = site;
        Engine = engine;
    }

    public LiveEngine Engine { get; }

    public RsyslogdSite Rsyslogd => _site;

    /// <summary>Its health check passes while this file is not there.</summary>
    public string Sick => Path.Combine(Engine.Folder, "sick");

    /// <summary>Its health check, which is asked before a candidate has any traffic, does not come to an end while this file is there.</summary>
    public string Hold => Path.Combine(Engine.Folder, "hold");

    /// <summary>Starts an engine on a rsyslogd that writes one file.</summary>
    /// <param name="canary">What stands under <c>canary</c> beside the health check.</param>
    /// <param name="edit">Changes the rsyslog.conf.</param>
    /// <param name="perGeneration">See <see cref="RsyslogdSite"/>.</param>
    /// <param name="more">Further sections of the configuration.</param>
    /// <param name="orchestration">What stands under <c>orchestration</c> beside <c>canary</c>.</param>
    /// <param name="kept">The engine has a keeper.</param>
    public static async Task<LoadedSite> Start(
        string canary = "soak_time: \"300ms\"", Func<string, string>? edit = null, bool perGeneration = false, string more = "", string orchestration = "", bool kept = false)
    {
        var site = new RsyslogdSite(perGeneration);
        if (edit is not null)
        {
            File.WriteAllText(site.ConfigPath, edit(File.ReadAllText(site.ConfigPath)));
        }

        var yaml = $$"""
            version: "v1"
            service:
              name: "NAME"
              command: ["/usr/sbin/rsyslogd", "-n", "-f", "{{site.ConfigPath}}"]
              limits: { nofile: 16384 }
            orchestration:
              canary: { {{canary}}, switch_timeout: "60s", health_check: { command: ["/bin/sh", "-c", "while test -e FOLDER/hold; do sleep 0.05; done; test ! -e FOLDER/sick"], interval: "50ms", timeout: "60s" } }
              {{orchestration}}
            {{more}}
            """;
        return new LoadedSite(site, kept ? await LiveEngine.StartKept(yaml) : await LiveEngine.Start(yaml));
    }

    /// <summary>The lines that have been written.</summary>
    public string[] Output() => [.. Directory.GetFiles(_site.Folder, "messages*.log").SelectMany(File.ReadAllLines)];

    /// <summary>Waits until a line with this end is written.</summary>
    public async Task Written(string end)
    {
        try
        {
            await Support.Temp.Until(() => Output().Any(l => l.EndsWith(end, StringComparison.Ordinal)), $"\"{end}\" is written");
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; the engine said:\n{Engine.Log}\n{(await Engine.Status()).Relay}", e);
        }
    }

    /// <summary>Begins to send: as much of this as the machine carries (<see cref="Capacity"/>).</summary>
    public async Task Load(int connections = 100, double rate = 4000, double shorts = 100, double udp = 1000, double unix = 300) =>
        _run = LoadRun.Start(await Capacity.Carried(_site, site => Plan(site, connections, rate, shorts, udp, unix)));

    /// <summary>Begins to send all of this, for figures.</summary>
    public void LoadFully(int connections, double rate, double shorts, double udp, double unix) =>
        _run = LoadRun.Start(Plan(_site, connections, rate, shorts, udp, unix));

    /// <summary>A client that the load knows nothing of.</summary>
    public Socket Connect(string from = "127.0.0.1")
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        socket.Connect(_site.EndPoint);
        return socket;
    }

    /// <summary>Waits until so many more messages have been sent: what comes next happens under load.</summary>
    public Task MoreSent(long messages = 3000)
    {
        var before = _run!.MessagesSent;
        return Support.Temp.Until(() => _run.MessagesSent >= before + messages, $"{messages} more messages are sent");
    }

    /// <summary>Stops the load and says what the clients saw and what was written.</summary>
    public async Task<(LoadReport Report, VerificationReport Written, string Said)> Settle()
    {
        await _run!.Stop();
        var report = _run.Report();
        using var verifier = new Verifier(_site.OutputPattern, addressFirst: true);
        await Settling.Wait(verifier, report.Sources, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));
        var written = verifier.Report(report.Sources);
        var mishaps = report.Senders.SelectMany(s => s.Mishaps.Take(5).Select(m => $"{s.Protocol}: {m}"));
        var perProtocol = written.Protocols.Select(p =>
            $"{p.Protocol}: sent {p.Sent} lost {p.Lost} doubled {p.Doubled} torn {p.Torn} order {p.OutOfOrder} address {p.WrongAddress}");
        return (report, written, string.Join('\n', [.. perProtocol, .. written.First, .. mishaps, Engine.Log]));
    }

    /// <summary>Stops the load; every message must be there once, whole, in order and with its address, and no client saw anything.</summary>
    public async Task SettleCleanly()
    {
        var (report, written, said) = await Settle();
        AssertUnnoticed(report, said);
        Assert.True(written.Clean && written.CutFiles.Count == 0, said);
        Assert.All(written.Protocols, p => Assert.True(p.Sent > 500, said));
    }

    /// <summary>No client was refused, reset, or kept waiting for good.</summary>
    public static void AssertUnnoticed(LoadReport report, string said) => Assert.All(report.Senders, s => Assert.True(
        s is { Refused: 0, Reset: 0, TimedOut: 0, ClosedByPeer: 0, NotClosed: 0, PathGone: 0, Local: 0 }, said));

    private static LoadPlan Plan(RsyslogdSite site, int connections, double rate, double shorts, double udp, double unix) => new()
    {
        Duration = TimeSpan.FromMinutes(10),
        LongConnections = new LongConnectionPlan(site.EndPoint, connections, rate),
        ShortConnections = shorts == 0 ? null : new ShortConnectionPlan(site.EndPoint, shorts),
        Udp = udp == 0 ? null : new UdpPlan(site.EndPoint, udp),
        Unix = unix == 0 ? null : new UnixPlan(site.UnixPath, unix),
    };

    public async ValueTask DisposeAsync()
    {
        if (_run is not null)
        {
            await _run.DisposeAsync();
        }

        await Engine.DisposeAsync();
        _site.Dispose();
    }
}
