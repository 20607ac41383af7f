using System.Runtime.InteropServices;
using Aeterna.Contract;
using Aeterna.Orchestration;
using Microsoft.Extensions.Logging;

namespace Aeterna.Control;

/// <summary>SIGHUP reloads; SIGUSR2 has another engine go on; SIGTERM and SIGINT stop with a drain, a second one of them at once.</summary>
internal sealed class EngineSignals(IOrchestrator orchestrator, ServiceManager manager, ILogger<EngineSignals> log) : IDisposable
{
    // Not one of those that the runtime has names for.
    private const PosixSignal SigUsr2 = (PosixSignal)12;

    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _stops;

    /// <summary>Takes the signals over from the runtime.</summary>
    public void Register()
    {
        foreach (var signal in new[] { PosixSignal.SIGHUP, PosixSignal.SIGTERM, PosixSignal.SIGINT, SigUsr2 })
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                _ = Handle(context.Signal);
            }));
        }
    }

    /// <summary>Does what a signal asks for; never throws.</summary>
    public async Task Handle(PosixSignal signal)
    {
        var name = signal == SigUsr2 ? "SIGUSR2" : signal.ToString();
        try
        {
            var outcome = await (signal switch { PosixSignal.SIGHUP => Reload(), SigUsr2 => Upgrade(), _ => Stop(signal) }).ConfigureAwait(false);
            if (outcome.Refusal is { } refusal)
            {
                ControlLog.SignalRefused(log, name, refusal.Detail);
            }
        }
        catch (Exception e)
        {
            ControlLog.SignalFailed(log, name, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private async Task<RequestOutcome> Reload()
    {
        ControlLog.Signal(log, nameof(PosixSignal.SIGHUP), "reload");
        manager.Reloading();
        var outcome = await orchestrator.Reload(new ReloadRequest { Queue = true }, "signal SIGHUP").ConfigureAwait(false);
        if (outcome.Refusal is { } refusal)
        {
            manager.StillServing(refusal.Detail);
        }

        return outcome;
    }

    private Task<RequestOutcome> Upgrade()
    {
        ControlLog.Signal(log, "SIGUSR2", "upgrade");
        return orchestrator.Upgrade(new UpgradeRequest(), "signal SIGUSR2");
    }

    private Task<RequestOutcome> Stop(PosixSignal signal)
    {
        var now = Interlocked.Increment(ref _stops) > 1;
        var name = signal.ToString();
        ControlLog.Signal(log, name, now ? "stop at once" : "stop with a drain (once more: at once)");
        return orchestrator.Stop(now, $"signal {name}");
    }
}
