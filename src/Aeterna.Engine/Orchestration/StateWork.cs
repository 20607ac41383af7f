using System.Collections.Concurrent;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.StateHandoff;

namespace Aeterna.Orchestration;

/// <summary>The work that has to do with state: readiness that waits for it, the handoff, and its last part.</summary>
internal sealed class StateWork(OrchestratorOptions options, GenerationRoster roster)
{
    // A program may want its state before it binds anything: then the rest of its readiness comes after the handoff.
    private readonly ConcurrentDictionary<int, (ReadinessRequirement Requirement, Func<TrafficChoice?> Choose)> _unready = new();

    /// <summary>Waits until a generation is ready, or until it waits for the state of its predecessor.</summary>
    /// <param name="generation">Which one.</param>
    /// <param name="requirement">What makes it ready.</param>
    /// <param name="mayWaitForState">There is a predecessor, and a handoff is configured.</param>
    /// <param name="choose">Says, once it is ready, how traffic is to move to it.</param>
    /// <param name="cancel">Nobody waits any more.</param>
    public async Task<MachineEvent?> Await(
        IGeneration generation, ReadinessRequirement requirement, bool mayWaitForState, Func<TrafficChoice?> choose, CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var ready = generation.WaitReady(requirement, either.Token);
        if (mayWaitForState && options.State is { } state)
        {
            await Task.WhenAny(ready, state.ReceiverWaits(generation.Number, either.Token)).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
            if (!ready.IsCompleted)
            {
                _unready[generation.Number] = (requirement, choose);
                await either.CancelAsync().ConfigureAwait(false);
                return new Ready(generation.Number, WaitsForState: true);
            }

            await either.CancelAsync().ConfigureAwait(false);
        }

        return await ready.ConfigureAwait(false) is { } why ? new NotReady(generation.Number, why) : new Ready(generation.Number, choose());
    }

    /// <summary>Carries the snapshot.</summary>
    public async Task<MachineEvent?> HandOff(BeginHandoff work, WorkContext context, CancellationToken cancel)
    {
        var report = await Snapshot(work, context, cancel).ConfigureAwait(false);
        var givenUp = report.Status == HandoverStatus.Failed && work.Plan.Orchestration.StateHandoff.Required;
        if (givenUp || !_unready.TryRemove(work.New, out var rest) || roster.Find(work.New) is not { } generation)
        {
            return new HandoffDone(work.New, report);
        }

        return await generation.WaitReady(rest.Requirement, cancel).ConfigureAwait(false) is { } why
            ? new NotReady(work.New, why)
            : new HandoffDone(work.New, report, rest.Choose());
    }

    /// <summary>Carries what has changed, if the generation has been replaced by one that wants it.</summary>
    public async Task<HandoffDone?> Final(int leaving)
    {
        options.State?.GivenUp(leaving);
        if (options.State?.HasFinal(leaving) == true)
        {
            roster.Find(leaving)?.Thaw(); // A parked one cannot answer. It gets no traffic, and is about to end.
        }

        return options.State is { } state && await state.Final(leaving).ConfigureAwait(false) is { } done
            ? new HandoffDone(done.Generation, done.Report)
            : null;
    }

    private async Task<HandoverReport> Snapshot(BeginHandoff work, WorkContext context, CancellationToken cancel)
    {
        if (options.State is not { } state || roster.Find(work.Old) is not { } old)
        {
            return HandoverReport.None with { Timestamp = options.Time.GetUtcNow() };
        }

        var service = work.Plan.Service;
        if (CarriedStates.Of(work.Plan, options.Traffic, options.Time) is { } carried)
        {
            return carried;
        }

        var order = new HandoffOrder(
            work.Old, old.Pid, work.New, work.Plan.Orchestration.StateHandoff, state.PathOf(work.Plan), old.Signal,
            Runner(service, context.Facts!.Environment(service, null)));
        return await state.Snapshot(order, cancel).ConfigureAwait(false);
    }

    private RunStateCommand Runner(ServicePlan service, IReadOnlyList<string> environment) => async (command, input, output, started, cancel) =>
    {
        var runner = options.PipedCommands ?? throw new InvalidOperationException("there is nothing that runs the commands of a handoff");
        var result = await runner
            .Run(command, environment, service.WorkingDirectory, new CommandPipes(input, output, started), cancel)
            .ConfigureAwait(false);
        return CommandRound.Why(result, TimeSpan.Zero);
    };
}
