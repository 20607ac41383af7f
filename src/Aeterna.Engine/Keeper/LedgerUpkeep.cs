using System.Diagnostics;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Orchestration;
using Aeterna.Relay;
using Aeterna.Relay.Kept;

namespace Aeterna.Keeper;

/// <summary>
/// Keeps the ledger that a kept engine's guard goes on with: it is written anew after whatever happens, as soon as it can be. While a reload is under way that of before it
/// counts, up to its commit; so an engine that dies meanwhile has rolled it back.
/// </summary>
/// <param name="keeping">Where it is kept.</param>
/// <param name="orchestrator">Tells when nothing is under way.</param>
/// <param name="generations">The generations.</param>
/// <param name="listeners">The held sockets.</param>
/// <param name="inputs">The relays.</param>
/// <param name="describe">Makes the ledger's text of the service, the engine's part already in it.</param>
internal sealed class LedgerUpkeep(Keeping keeping, Orchestrator orchestrator, GenerationHost generations, ListenerTable listeners, RelayInputs inputs, LedgerUpkeep.Describer describe) : IDisposable
{
    /// <summary>Also what nobody tells of is written down after that time at the latest, as which connections a process has.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _wanted = new(1);
    private readonly LedgerBytes _none = LedgerBytes.Create();
    private readonly CancellationTokenSource _end = new();
    private Task _work = Task.CompletedTask;

    /// <summary>Puts a ledger's parts together.</summary>
    internal delegate EngineState Describer(UpgradeState upgrade, int bytes, ServiceState service, ListenersState listeners, GenerationState generation);

    /// <summary>Writes the first one of an engine that goes on with another's service, before anything moves. Where it cannot be written there is none until it can.</summary>
    /// <param name="service">The service.</param>
    /// <param name="isStopping">It is being stopped.</param>
    public void Begin(ServiceState service, bool isStopping)
    {
        try
        {
            Write(service, isStopping);
        }
        catch (LedgerException)
        {
            // It has ended, or there is no memory.
        }
    }

    /// <summary>Follows what happens.</summary>
    /// <param name="events">What happens.</param>
    public void Start(IAsyncEnumerable<EventReport> events)
    {
        listeners.Changed += OnChanged;
        _ = Hear(events);
        _work = Task.Run(Work);
    }

    /// <summary>Writes no more.</summary>
    public void Dispose()
    {
        listeners.Changed -= OnChanged;
        _end.Cancel();
        _work.Wait();
        _none.Dispose();
        _end.Dispose();
    }

    private void OnChanged(int generation) => Want();

    private async Task Hear(IAsyncEnumerable<EventReport> events)
    {
        await foreach (var report in events.ConfigureAwait(false))
        {
            Want();
        }
    }

    private void Want()
    {
        if (_wanted.CurrentCount == 0)
        {
            _wanted.Release();
        }
    }

    private async Task Work()
    {
        while (true)
        {
            try
            {
                await _wanted.WaitAsync(_longest, _end.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            var outcome = await orchestrator.Look(Write).ConfigureAwait(false);
            if (outcome.Refusal is { Code: ProblemCode.Stopping })
            {
                Stop();
            }
        }
    }

    private void Stop()
    {
        try
        {
            keeping.Stops();
        }
        catch (LedgerException)
        {
            // It is tried again, as long as it takes.
        }
    }

    private void Write(ServiceState service) => Write(service, isStopping: false);

    private void Write(ServiceState service, bool isStopping)
    {
        if (generations.Find(service.Generation) is not { } active)
        {
            throw new LedgerException("the service's process has just ended");
        }

        var now = new UpgradeState { Id = "", From = "", To = "", RequestedBy = "", Since = Stopwatch.GetTimestamp() };
        try
        {
            keeping.Write(describe(now, _none.Number, service, listeners.State(null), active.State()) with
            {
                Kept = new KeptState(keeping.Sessions.Memory, inputs.Kept?.Blocks.Memory, inputs.Kept?.Blocks.Most ?? 0),
                IsStopping = isStopping,
                Leaving = [.. generations.Others(service.Generation).Select(old => old.State())],
            });
        }
        catch (Exception e) when (e is LinuxException or IOException)
        {
            throw new LedgerException($"it cannot be written down: {e.Message}", e);
        }
    }
}
