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

    /// <summary>The same for whoever only writes down how things stand. That can be done more often: old generations may still be ending.</summary>
    public async Task<RequestOutcome> Look(Action<ServiceState> act)
    {
        var asked = _desk.Take(RequestDesk.LookName, "engine");
        _handOvers[asked.Number] = act;
        try
        {
            Post(new UpgradeAsked(asked.Number) { ForLedger = true });
            return await asked.Answer.ConfigureAwait(false);
        }
        finally
        {
            _handOvers.TryRemove(asked.Number, out _);
        }
    }

    /// <summary>Goes on with a predecessor's service, in place of <see cref="Start"/>.</summary>
    /// <param name="state">As that left it.</param>
    /// <param name="generation">Its generation; null: it is gone, and the service is to be started again as after any death.</param>
    /// <param name="plan">The configuration that is served.</param>
    /// <param name="leaving">Generations that are to end, or were about to.</param>
    public void GoOn(ServiceState state, IGeneration? generation, Plan plan, IReadOnlyList<IGeneration>? leaving = null)
    {
        List<IGeneration> all = [.. leaving ?? []];
        if (generation is not null)
        {
            all.Add(generation);
        }

        all.ForEach(known => _roster.Know(known, plan));
        _book.Know(state.LastRecord);
        _snapshot = _snapshot with { ServedSince = state.ServedSince, Handover = state.Handover };
        if (generation is not null)
        {
            _options.State?.Serves(state.Generation);
            _toldState = FsmState.Running;
        }

        if (Interlocked.Exchange(ref _started, 1) == 0)
        {
            Post(new Carried(new MachineState
            {
                Lifetime = Lifetime.Going,
                Active = generation is null ? null : new Member(state.Generation, state.Pid, plan),
                Leaving = [.. (leaving ?? []).Select(old => new Member(old.Number, old.Pid, plan))],
                Traffic = state.Traffic,
                Replaced = state.Replaced,
                LastDeath = generation is null ? new Departed(state.Generation, state.Pid, null) : state.LastDeath,
                Deaths = state.Deaths,
                ServedPlan = plan,
                NextGeneration = state.NextGeneration,
                NextAttempt = state.NextAttempt,
                Restart = new RestartState { InRow = state.RestartsInRow, Timer = state.RestartTimer, Owed = generation is null && plan.Restart.Policy != RestartPolicy.Never },
            }));
            all.ForEach(_work.Know); // After that: what one of them does now is told to who knows it.
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
