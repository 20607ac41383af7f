using System.Diagnostics;
using System.Globalization;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Keeper;
using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Orchestration;
using Aeterna.Relay;
using Aeterna.StateHandoff;

namespace Aeterna;

/// <summary>
/// Puts another engine in the place of this one. First that one has to show, from a ledger of this very service, that it could go on. Then everything
/// is held still, written down, and the other program executed in this process: its children, sockets and locks stay, and what comes meanwhile waits in
/// the kernel. Whatever goes wrong before that, this engine goes on.
/// </summary>
internal sealed class EngineUpgrade(
    EngineContext context, Orchestrator orchestrator, GenerationHost host, ListenerTable listeners, RelayInputs inputs, StateCoordinator state,
    IPipedCommandRunner runner) : IUpgradable
{
    private static readonly TimeSpan _again = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private TaskCompletionSource _wanted = NewWish();
    private Asked? _asked;

    private sealed record Asked(UpgradeState Upgrade, string Program);

    /// <inheritdoc/>
    public Task Wanted
    {
        get
        {
            lock (_gate)
            {
                return _wanted.Task;
            }
        }
    }

    /// <summary>See <see cref="IOrchestrator.Upgrade"/>.</summary>
    public async Task<RequestOutcome> Ask(UpgradeRequest request, string requestedBy)
    {
        var program = request.Program ?? context.ProgramPath;
        if (!Path.IsPathFullyQualified(program))
        {
            return Refused(ProblemCode.BadRequest, $"{OneLine.Clean(program)} is no absolute path");
        }

        FileDescriptor? ledger = null;
        try
        {
            var upgrade = new UpgradeState
            {
                Id = ReloadId.New(context.Time.GetUtcNow(), id => id == context.LastUpgrade.Report?.Id),
                From = context.Version,
                To = "unknown",
                RequestedBy = requestedBy,
                Since = 0,
            };
            var outcome = await orchestrator.HandOver(service => Still(service, upgrade, still => ledger = LedgerText.Write(still)), requestedBy).ConfigureAwait(false);
            if (outcome.Refusal is not null)
            {
                return outcome;
            }

            upgrade = upgrade with { To = await UpgradeTrial.Ask(runner, program, ledger!).ConfigureAwait(false) };
            lock (_gate)
            {
                if (_asked is not null)
                {
                    return Refused(ProblemCode.UpgradeRefused, "another upgrade is under way");
                }

                _asked = new Asked(upgrade, program);
                _wanted.SetResult();
            }

            return new RequestOutcome(upgrade.Id, null) { Upgrade = new UpgradeAccepted { Id = upgrade.Id, From = upgrade.From, To = upgrade.To } };
        }
        catch (LedgerException e)
        {
            return Refused(ProblemCode.UpgradeRefused, e.Message);
        }
        finally
        {
            ledger?.Dispose();
        }
    }

    /// <inheritdoc/>
    public async Task HandOver()
    {
        var (upgrade, program) = _asked ?? throw new InvalidOperationException("no upgrade was asked for");
        long? since = null;
        host.LetSpareGo();
        var outcome = await orchestrator.HandOver(
            service =>
            {
                since = Stopwatch.GetTimestamp();
                Still(service, upgrade with { Since = since.Value }, still => Execute(program, still));
            },
            upgrade.RequestedBy).ConfigureAwait(false);
        var why = outcome.Refusal?.Detail ?? "cannot upgrade: the program came back";
        Tell(context, upgrade, Verdict.Failed, why, since is { } from ? Stopwatch.GetElapsedTime(from) : TimeSpan.Zero, orchestrator.Status().FsmState);
        host.Prepare();
        lock (_gate)
        {
            (_asked, _wanted) = (null, NewWish());
        }
    }

    /// <summary>Tells how an upgrade came out: in the status, as an event, and in the log.</summary>
    public static void Tell(EngineContext context, UpgradeState upgrade, string verdict, string? why, TimeSpan paused, string fsmState)
    {
        context.LastUpgrade.Report = new UpgradeReport
        {
            Id = upgrade.Id,
            Timestamp = context.Time.GetUtcNow(),
            From = upgrade.From,
            To = upgrade.To,
            Verdict = verdict,
            Reason = why,
            RequestedBy = upgrade.RequestedBy,
            PausedMs = paused.TotalMilliseconds,
        };
        context.Journal.Publish(new EventReport
        {
            Id = 0,
            Time = default,
            Type = EventType.Upgrade,
            FsmState = fsmState,
            Message = why ?? string.Create(
                CultureInfo.InvariantCulture, $"the engine is {upgrade.To} now, in the place of {upgrade.From}; nothing was carried for {paused.TotalMilliseconds:F0} ms"),
        });
    }

    /// <summary>Does something while the service stands still.</summary>
    private void Still(ServiceState service, UpgradeState upgrade, Action<EngineState> act)
    {
        if (state.HasPeers)
        {
            throw new LedgerException("a process of the service is connected to the state socket, and another engine would not know what it has said (let it connect only for a handoff)");
        }

        var generation = host.Find(service.Generation);
        if (generation is null || generation.Exited.IsCompleted || generation.IsFrozen)
        {
            throw new LedgerException("the service's process has just ended (try again in a moment)");
        }

        try
        {
            generation.HoldStill();
            listeners.HoldStill();
            using var loops = inputs.HoldStill();
            using var program = OwnProgram.Open();
            using var bytes = LedgerBytes.Create();
            act(context.Describe(program.Number, upgrade, bytes.Number, service, listeners.State(bytes), generation.State()));
        }
        catch (Exception e) when (e is LinuxException or IOException)
        {
            throw new LedgerException($"it cannot be written down: {e.Message}", e);
        }
        finally
        {
            listeners.GoOn();
            GoOn(generation);
        }
    }

    /// <summary>Until it does: its calls would wait for ever. What it lacks, a descriptor or memory for a thread, others give back.</summary>
    private static void GoOn(Generation generation)
    {
        while (true)
        {
            try
            {
                generation.GoOn();
                return;
            }
            catch (Exception e) when (e is LinuxException or OutOfMemoryException)
            {
                Thread.Sleep(_again);
            }
        }
    }

    private void Execute(string program, EngineState still)
    {
        // The guard stays until the successor has one: should that die before, this program goes on.
        var guarded = still with { Own = still.Own with { Guard = context.Keeping?.GuardProcess } };
        using var ledger = LedgerText.Write(guarded);
        var error = EngineSuccessor.Execute(program, program, guarded, ledger.Number, null);
        throw new LedgerException($"{program} cannot be executed: {Errno.Text(error).ToLowerInvariant()}");
    }

    private static RequestOutcome Refused(string code, string why) => new(null, new Refusal(code, $"cannot upgrade: {why}"));

    private static TaskCompletionSource NewWish() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
