using Aeterna.Contract;

namespace Aeterna.Orchestration;

/// <summary>What the control API and the signal handlers ask of the engine. May be called from any thread.</summary>
internal interface IOrchestrator
{
    /// <summary>The service as it is at this moment.</summary>
    StatusReport Status();

    /// <summary>Asks for a reload. The answer comes as soon as it is taken or refused; the configuration is read before the answer.</summary>
    Task<RequestOutcome> Reload(ReloadRequest request, string requestedBy);

    /// <summary>Ends the reload under way as rolled back, or goes back to the generation before within the undo window.</summary>
    Task<RequestOutcome> Rollback(string requestedBy);

    /// <summary>Ends the soak of the reload under way now, and well, if a round of its probes has been good.</summary>
    Task<RequestOutcome> Promote(string requestedBy);

    /// <summary>Sends a signal to every generation that has a handler for it; one that is held still gets it when it is let go.</summary>
    /// <param name="signal">Its name or number.</param>
    /// <param name="requestedBy">Who asked.</param>
    SignalOutcome Signal(string signal, string requestedBy);

    /// <summary>Stops the service with a drain, or at once; the engine ends after it.</summary>
    Task<RequestOutcome> Stop(bool now, string requestedBy);

    /// <summary>
    /// Has another engine go on with the service: this program's file as it is now, or another one. The answer comes when that has shown that it could;
    /// then this engine ends its control API, and the other one takes its place under the same process id.
    /// </summary>
    Task<RequestOutcome> Upgrade(UpgradeRequest request, string requestedBy) =>
        Task.FromResult(new RequestOutcome(null, new Refusal(ProblemCode.UpgradeRefused, "cannot upgrade: this engine has no service")));

    /// <summary>The reload of this id that waits for the end of what is under way; null when none does. Its record in the history begins when it does.</summary>
    ReloadRecord? Queued(string id);

    /// <summary>Completes when the service has been stopped or given up; never faults. The value is the engine's exit code.</summary>
    Task<int> Completion { get; }
}

/// <summary>A signal was sent to those that <see cref="Report"/> says, or to none: then <see cref="Refusal"/> says why.</summary>
internal sealed record SignalOutcome(SignalReport? Report, Refusal? Refusal);

/// <summary>A request was taken (then <see cref="Id"/> is its record's) or refused (then <see cref="Refusal"/> says why).</summary>
internal sealed record RequestOutcome(string? Id, Refusal? Refusal)
{
    /// <summary>It follows what is under way; the record does not exist yet.</summary>
    public bool Queued { get; init; }

    /// <summary>Of an upgrade: what is to come.</summary>
    public UpgradeAccepted? Upgrade { get; init; }
}
