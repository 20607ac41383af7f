using System.Runtime.InteropServices;
using Aeterna.Contract;
using Aeterna.Control;
using Aeterna.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Aeterna.Tests.Control;

public sealed class EngineSignalsTests
{
    private readonly KeptLog<EngineSignals> _log = new();

    [Fact]
    public async Task A_hangup_reloads()
    {
        await using var rig = await ControlRig.Start(metrics: false);
        await Signals(rig).Handle(PosixSignal.SIGHUP);

        Assert.Equal(("reload reason= force=False queue", "signal SIGHUP"), rig.Orchestrator.Calls.Single());
    }

    [Fact]
    public async Task The_first_stop_drains_and_the_second_kills_whichever_they_are()
    {
        await using var rig = await ControlRig.Start(metrics: false);
        using var signals = Signals(rig);
        await signals.Handle(PosixSignal.SIGTERM);
        await signals.Handle(PosixSignal.SIGINT);

        Assert.Equal([("stop now=False", "signal SIGTERM"), ("stop now=True", "signal SIGINT")], rig.Orchestrator.Calls);
    }

    [Fact]
    public async Task A_refusal_and_a_failure_are_in_the_log()
    {
        await using var rig = await ControlRig.Start(metrics: false);
        using var signals = Signals(rig);
        rig.Orchestrator.OnReload = _ => FakeOrchestrator.Refused(ProblemCode.ReloadBusy, "cannot reload: busy");
        await signals.Handle(PosixSignal.SIGHUP);
        rig.Orchestrator.OnReload = _ => throw new InvalidOperationException("broken");
        await signals.Handle(PosixSignal.SIGHUP);

        Assert.Contains(_log.Lines, l => l.Line == "SIGHUP changed nothing: cannot reload: busy");
        Assert.Contains(_log.Lines, l => l.Line == "SIGHUP failed");
    }

    private EngineSignals Signals(ControlRig rig) =>
        new(rig.Orchestrator, new ServiceManager(null, NullLogger<ServiceManager>.Instance), _log);
}
