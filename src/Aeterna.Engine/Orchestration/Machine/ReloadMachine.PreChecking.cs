using Aeterna.Contract;

namespace Aeterna.Orchestration.Machine;

/// <summary>PRE_CHECKING: the configuration, the program's file, the pre-flight commands. Nothing has been started yet.</summary>
internal static partial class ReloadMachine
{
    private static void OnConfigurationRead(Turn turn, ConfigurationRead read)
    {
        if (!turn.At(read.Attempt, AttemptStep.Reading))
        {
            return;
        }

        turn.LeavePhase(Outcome.Ok);
        turn.Attempt = turn.Attempt with { Plan = read.Plan };
        TakeRequest(turn);
        EndWindow(turn);
        Inspect(turn);
    }

    /// <summary>No hook runs: those of the file cannot be known, and the caller gets the findings as the answer.</summary>
    private static void OnConfigurationBad(Turn turn, ConfigurationBad bad)
    {
        if (!turn.At(bad.Attempt, AttemptStep.Reading))
        {
            return;
        }

        var request = turn.Attempt.Request;
        turn.Attempt = turn.Attempt with { Request = null };
        Fail(turn, bad.Why, Verdict.Blocked);
        if (request is { } waiting)
        {
            turn.Emit(new Refuse(waiting, ProblemCode.ConfigInvalid, bad.Why, bad.Findings));
        }
    }

    private static void Inspect(Turn turn)
    {
        turn.EnterPhase(PhaseName.PreFlight);
        turn.Attempt = turn.Attempt with { Step = AttemptStep.Inspecting };
        turn.Emit(new InspectProgram(turn.Attempt.Number, turn.Attempt.Plan!));
    }

    private static void OnProgramInspected(Turn turn, ProgramInspected inspected)
    {
        if (!turn.At(inspected.Attempt, AttemptStep.Inspecting))
        {
            return;
        }

        var attempt = turn.Attempt = turn.Attempt with { Traffic = inspected.Traffic };
        var plan = attempt.Plan!;
        if (inspected.Problem is { } problem)
        {
            Fail(turn, problem, attempt.Kind == AttemptKind.Restart ? Verdict.Failed : Verdict.Blocked);
        }
        else if (attempt.Kind == AttemptKind.Restart || plan.Orchestration.PreFlight.Count == 0)
        {
            // A restart brings back what has served before: it has been checked, and nothing serves while checks run.
            turn.LeavePhase(Outcome.Ok);
            Proceed(turn);
        }
        else
        {
            turn.Attempt = attempt with { Step = AttemptStep.PreFlight };
            turn.Emit(new RunPreFlight(attempt.Number, plan, turn.State.NextGeneration, StopAtBlocking: !attempt.Forced));
        }
    }

    private static void OnPreFlightEnded(Turn turn, PreFlightEnded ended)
    {
        if (!turn.At(ended.Attempt, AttemptStep.PreFlight))
        {
            return;
        }

        var blocking = ended.Failures.Where(failure => failure.Blocking).ToList();
        if (blocking.Count > 0 && !turn.Attempt.Forced)
        {
            Fail(turn, $"pre-flight {blocking[0]}", Verdict.Blocked);
            return;
        }

        var all = string.Join("; ", ended.Failures);
        if (blocking.Count > 0)
        {
            turn.LeavePhase(Outcome.Failed, $"passed over by force: {all}");
        }
        else
        {
            turn.LeavePhase(Outcome.Ok, ended.Failures.Count == 0 ? null : $"warning: {all}");
        }

        Proceed(turn);
    }
}
