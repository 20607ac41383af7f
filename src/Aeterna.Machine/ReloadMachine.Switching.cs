using Aeterna.Contract;

namespace Aeterna.Machine;

/// <summary>The exclusive switch and its way back, as far as the machine goes: what precedes it, and what follows from its end.</summary>
internal static partial class ReloadMachine
{
    /// <summary>One round of probes without traffic, before anything of the old generation is touched.</summary>
    private static void Probe(Turn turn)
    {
        var isAdoption = turn.Attempt.Kind == AttemptKind.Adopt;
        turn.EnterPhase(isAdoption ? PhaseName.Soak : PhaseName.Switch);
        var candidate = turn.State.Candidate!;
        turn.Emit(new BeginSoak(
            candidate.Number, turn.State.Active!.Number, candidate.Plan, LivenessOnly(candidate.Plan), OneRound: !isAdoption));
    }

    /// <summary>The probes are through. What a daemon that the engine has not started is to give up could not go back to it: it was soaked without traffic.</summary>
    private static void SwitchAfterProbes(Turn turn)
    {
        if (turn.Attempt.Kind == AttemptKind.Adopt)
        {
            turn.LeavePhase(PhaseOutcome.Ok);
            turn.EnterPhase(PhaseName.Switch);
        }

        Switch(turn, turn.State.Active!, turn.State.Candidate!, back: false);
    }

    private static void FailProbes(Turn turn, SoakEnded ended) =>
        Fail(turn, $"{turn.State.Candidate} failed before the switch: {ended.Failure}");

    private static void Switch(Turn turn, Member from, Member to, bool back)
    {
        turn.State = turn.State with { Switch = new PendingSwitch(from.Number, to.Number) };
        turn.Emit(new BeginSwitch(from.Number, to.Number, back, turn.State.Candidate!.Plan.Orchestration.Canary.SwitchTimeout, Forced: !back && turn.Attempt.Forced));
    }

    private static void OnSwitchEnded(Turn turn, SwitchEnded ended)
    {
        if (turn.State.Switch is not { } pending || pending != new PendingSwitch(ended.From, ended.To))
        {
            return;
        }

        turn.State = turn.State with { Switch = null };
        Stand(turn, ended);
        if (turn.State.Lifetime == Lifetime.Stopping)
        {
            DismissAll(turn);
        }
        else if (turn.Place == AttemptStep.SwitchingBack)
        {
            turn.Fire(On.SwitchedBack, ended);
        }
        else
        {
            turn.Fire(On.SwitchEnded, ended.Result);
        }

        // What follows may begin another switch, and put them off once more.
        for (var left = turn.State.Deferred.Count; left > 0; left--)
        {
            var exited = turn.State.Deferred[0];
            turn.State = turn.State with { Deferred = turn.State.Deferred.RemoveAt(0) };
            OnExited(turn, exited);
        }
    }

    /// <summary>Notes who is frozen and who goes on.</summary>
    private static void Stand(Turn turn, SwitchEnded ended)
    {
        var standing = ended.Result.Outcome switch
        {
            SwitchOutcome.Switched => Standing.Parked,
            SwitchOutcome.Forced => Standing.CutOff,
            _ => (Standing?)null,
        };
        if (standing is { } left)
        {
            turn.State = turn.State with
            {
                Active = Placed(turn.State.Active, ended, left),
                Candidate = Placed(turn.State.Candidate, ended, left),
            };
        }
    }

    private static Member? Placed(Member? member, SwitchEnded ended, Standing left) => member is null ? null
        : member with { Standing = member.Number == ended.From ? left : Standing.Running };

    private static void FailSwitch(Turn turn, SwitchResult result) => Fail(
        turn, turn.Attempt.Recall ?? result.Why ?? "the switch was recalled", candidateDied: result.Outcome == SwitchOutcome.Recalled);

    /// <summary>The candidate has all traffic now.</summary>
    private static void EndSwitch(Turn turn, SwitchResult result)
    {
        turn.LeavePhase(PhaseOutcome.Ok, result.Why);
        turn.Attempt = turn.Attempt with { Given = Share.All };
    }

    /// <summary>The way back is over, and the candidate has to go; or it is dead as well as the one that it was to go back to.</summary>
    private static void LeaveAfterWayBack(Turn turn, SwitchEnded ended)
    {
        var result = ended.Result;
        if (!result.CameAbout)
        {
            // What follows from the end of the other comes with its own event.
            turn.Emit(new DirectTraffic(Route.Held, turn.State.Candidate!.Number));
        }

        turn.Attempt = turn.Attempt with
        {
            Given = Share.None,
            Message = result is { CameAbout: true, Why: { } why } ? $"{turn.Attempt.Message}; {why}" : turn.Attempt.Message,
        };
        LeaveCandidate(turn, died: !result.CameAbout);
    }

    /// <summary>The generation to go back to is dead: the candidate is all there is.</summary>
    private static void CommitForWantOfAnother(Turn turn, SwitchResult result)
    {
        turn.LeavePhase(PhaseOutcome.Failed, result.Why);
        turn.State = turn.State with { Deaths = turn.State.Deaths + 1 };
        Commit(
            turn, $"{turn.Attempt.Message}; but there was nothing to go back to, and {turn.State.Candidate} serves on: {result.Why}",
            oldDied: true);
    }

    /// <summary>The candidate is dead and had all traffic: the parked generation gets it, and what of it was not read.</summary>
    private static void ComeBackFrom(Turn turn, Member dead)
    {
        var old = turn.State.Active!;
        turn.Emit(new DirectTraffic(new Route(old.Number), dead.Number));
        turn.Emit(new Thaw(old.Number));
        turn.State = turn.State with { Active = old with { Standing = Standing.Running } };
        turn.Attempt = turn.Attempt with { Given = Share.None };
    }
}
