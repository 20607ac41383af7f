using System.Collections.Concurrent;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Ledger;
using Aeterna.Machine;
using Aeterna.Machine.Plans;

namespace Aeterna.Orchestration;

/// <summary>From one engine to the next.</summary>
internal sealed partial class Orchestrator
{
    private readonly ConcurrentDictionary<int, Action<ServiceState>> _handOvers = [];

    /// <summary>
    /// Has something done to the service in the loop, while it has one generation and nothing is under way: nothing else is decided meanwhile. A
    /// <see cref="LedgerException"/> is answered as a refusal.
    /// </summary>
    public async Task<RequestOutcome> HandOver(Action<ServiceState> act, string requestedBy)
    {
        var asked = _desk.Take("upgrade", requestedBy);
        _handOvers[asked.Number] = act;
        try
        {
            return await Ask(asked, number => new UpgradeAsked(number)).ConfigureAwait(false);
        }
        finally
        {
            _handOvers.TryRemove(asked.Number, out _);
        }
    }

    /// <summary>Goes on with a predecessor's service, in place of <see cref="Start"/>.</summary>
    /// <param name="state">As that left it.</param>
    /// <param name="generation">Its generation.</param>
    /// <param name="plan">The configuration that is served.</param>
    public void GoOn(ServiceState state, IGeneration generation, Plan plan)
    {
        _roster.Know(generation, plan);
        _work.Know(generation);
        _book.Know(state.LastRecord);
        _snapshot = _snapshot with { ServedSince = state.ServedSince, Handover = state.Handover };
        _options.State?.Serves(state.Generation);
        _toldState = FsmState.Running;
        if (Interlocked.Exchange(ref _started, 1) == 0)
        {
            Post(new Carried(new MachineState
            {
                Lifetime = Lifetime.Going,
                Active = new Member(state.Generation, state.Pid, plan),
                Traffic = state.Traffic,
                Replaced = state.Replaced,
                LastDeath = state.LastDeath,
                Deaths = state.Deaths,
                ServedPlan = plan,
                NextGeneration = state.NextGeneration,
                NextAttempt = state.NextAttempt,
                Restart = new RestartState { InRow = state.RestartsInRow, Timer = state.RestartTimer },
            }));
            _ = Task.Run(Loop);
        }
    }

    /// <inheritdoc/>
    public void Do(HandOver order)
    {
        RequestOutcome outcome = new(null, null);
        try
        {
            _handOvers[order.Request](Carry());
        }
        catch (Exception e)
        {
            // Whatever went wrong: the service goes on, and who asked learns of it.
            var why = e is LedgerException ? e.Message : $"the engine failed at it ({e.GetType().Name}: {e.Message})";
            outcome = new RequestOutcome(null, new Refusal(ProblemCode.UpgradeRefused, $"cannot upgrade: {why}"));
        }

        Answer(order.Request, outcome);
    }

    private ServiceState Carry()
    {
        var active = _state.Active!;
        return new ServiceState
        {
            SourcePath = active.Plan.SourcePath,
            SourceSha256 = active.Plan.SourceSha256,
            SourceText = active.Plan.SourceText,
            Generation = active.Number,
            Pid = active.Pid,
            Traffic = _state.Traffic,
            Replaced = _state.Replaced,
            LastDeath = _state.LastDeath,
            Deaths = _state.Deaths,
            NextGeneration = _state.NextGeneration,
            NextAttempt = _state.NextAttempt,
            RestartsInRow = _state.Restart.InRow,
            RestartTimer = _state.Restart.Timer,
            ServedSince = _snapshot.ServedSince ?? _options.Time.GetTimestamp(),
            Handover = _snapshot.Handover,
            LastRecord = _book.Last?.Id,
        };
    }
}
