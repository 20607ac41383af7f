using System.Net.Sockets;
using System.Text;
using Aeterna.Contract;
using Aeterna.Control;
using Aeterna.Telemetry;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Control;

public sealed class ServiceManagerTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly EngineInstruments _instruments = new(TimeProvider.System);
    private readonly KeptLog<ServiceManager> _log = new();
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };

    public ServiceManagerTests() => _socket.Bind(new UnixDomainSocketEndPoint(_scratch["notify"]));

    public void Dispose()
    {
        _socket.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Says_ready_when_the_first_generation_serves_and_reloading_around_a_reload()
    {
        await using var journal = Journal();
        journal.Publish(Samples.Event("reading the configuration", EventType.State, FsmState.PreChecking));
        journal.Publish(Samples.Event("starting", EventType.State, FsmState.Starting));
        journal.Publish(Samples.Event("generation 1\nserves", EventType.State, FsmState.Running));
        journal.Publish(Samples.Event("reading the configuration", EventType.State, FsmState.PreChecking));
        journal.Publish(Samples.Event("reload r1 was rolled back", EventType.Finished, FsmState.Running) with { Record = Samples.Record("r1", Verdict.RolledBack) });
        journal.Close();
        var manager = new ServiceManager(_scratch["notify"], _log);
        await manager.Follow(journal);
        manager.Stopping();

        Assert.Equal("STATUS=starting", Receive());
        Assert.Equal("READY=1\nSTATUS=generation 1\\nserves", Receive());
        Assert.Matches(@"^RELOADING=1\nMONOTONIC_USEC=\d{6,}$", Receive());
        Assert.Equal("READY=1\nSTATUS=reload r1 was rolled back", Receive());
        Assert.Equal("STOPPING=1", Receive());
    }

    [Fact]
    public async Task An_engine_that_goes_on_in_the_place_of_another_is_ready_and_tells_of_reloads()
    {
        await using var journal = Journal();
        journal.Publish(Samples.Event("the engine is 0.2.0 now", EventType.Upgrade, FsmState.Running));
        journal.Publish(Samples.Event("reading the configuration", EventType.State, FsmState.PreChecking));
        journal.Close();
        await new ServiceManager(_scratch["notify"], _log).Follow(journal);
        Assert.Equal("READY=1\nSTATUS=the engine is 0.2.0 now", Receive());
        Assert.StartsWith("RELOADING=1", Receive(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_that_is_refused_ends_the_reloading_too()
    {
        await using var journal = Journal();
        journal.Publish(Samples.Event("serves", EventType.State, FsmState.Running));
        journal.Close();
        var manager = new ServiceManager(_scratch["notify"], _log);
        await manager.Follow(journal);
        manager.Reloading();
        manager.StillServing("cannot reload: the file is bad");

        Assert.StartsWith("READY=1", Receive(), StringComparison.Ordinal);
        Assert.StartsWith("RELOADING=1", Receive(), StringComparison.Ordinal);
        Assert.Equal("READY=1\nSTATUS=cannot reload: the file is bad", Receive());
    }

    [Fact]
    public void A_manager_that_is_gone_costs_one_warning()
    {
        var manager = new ServiceManager(_scratch["nobody"], _log);
        manager.Stopping();
        manager.Stopping();

        Assert.Single(_log.Lines);
    }

    private string Receive()
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, _socket.Receive(buffer));
    }

    private EngineJournal Journal() =>
        new(new HistoryStore(_scratch["h"], 10, new EngineNotices(), new KeptLog<HistoryStore>()), _instruments, TimeProvider.System, new KeptLog<EngineJournal>());
}
