using Aeterna.Contract;

namespace Aeterna.Machine;

/// <summary>PRE_CHECKING: the configuration, the program's file, the pre-flight commands. Nothing has been started yet.</summary>
internal static partial class ReloadMachine
{
    private static void TakeConfiguration(Turn turn, ConfigurationRead read)
    {
        turn.LeavePhase(PhaseOutcome.Ok);
        turn.Attempt = turn.Attempt with { Plan = read.Plan };
        TakeRequest(turn);
        EndWindow(turn);
        Inspect(turn);
    }

    /// <summary>No hook runs: those of the file cannot be known, and the caller gets the findings as the answer.</summary>
    private static void Block(Turn turn, ConfigurationBad bad)
    {
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
        turn.Emit(new InspectProgram(turn.Attempt.Number, turn.Attempt.Plan!, turn.Attempt.Forced));
    }

    private static void Block(Turn turn, ProgramInspected inspected)
    {
        turn.Attempt = turn.Attempt with { Traffic = inspected.Traffic, Program = inspected.Program };
        Fail(turn, inspected.Problem!, turn.Attempt.Kind == AttemptKind.Restart ? Verdict.Failed : Verdict.Blocked);
    }

    private static void RunChecks(Turn turn, ProgramInspected inspected)
    {
        var attempt = turn.Attempt = turn.Attempt with { Traffic = inspected.Traffic, Program = inspected.Program };
        turn.Emit(new RunPreFlight(attempt.Number, attempt.Plan!, turn.State.NextGeneration, StopAtBlocking: MayBlock(turn)));
    }

    private static void PassUnchecked(Turn turn, ProgramInspected inspected)
    {
        turn.Attempt = turn.Attempt with { Traffic = inspected.Traffic, Program = inspected.Program };
        turn.LeavePhase(PhaseOutcome.Ok);
    }

    private static void Block(Turn turn, PreFlightEnded ended) =>
        Fail(turn, $"pre_flight {ended.Failures.First(failure => failure.Blocking)}", Verdict.Blocked);

    private static void Pass(Turn turn, PreFlightEnded ended)
    {
        var all = string.Join("; ", ended.Failures);
        if (ended.Failures.Any(failure => failure.Blocking))
        {
            var isStart = turn.Attempt.Kind == AttemptKind.Start;
            turn.Attempt = turn.Attempt with { PassedOver = isStart ? all : null };
            turn.LeavePhase(PhaseOutcome.Failed, $"passed over {(isStart ? "since nothing serves yet" : "by force")}: {all}");
        }
        else
        {
            turn.LeavePhase(PhaseOutcome.Ok, ended.Failures.Count == 0 ? null : $"warning: {all}");
        }
    }
}
