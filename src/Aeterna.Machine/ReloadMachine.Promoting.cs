using Aeterna.Contract;

namespace Aeterna.Machine;

/// <summary>A soak that has been long enough: its time is over at once, and all else at its end is as at any soak's.</summary>
internal static partial class ReloadMachine
{
    private static void OnPromoteAsked(Turn turn, PromoteAsked asked)
    {
        if (turn.State.Lifetime is Lifetime.Stopping or Lifetime.Ended)
        {
            turn.Emit(new Refuse(asked.Request, ProblemCode.Stopping, "cannot promote: the service is being stopped"));
        }
        else if (!turn.Fits(On.PromoteAsked, asked))
        {
            turn.Emit(new Refuse(asked.Request, ProblemCode.NothingToPromote, WhyNothingToPromote(turn)));
        }
        else
        {
            turn.Fire(On.PromoteAsked, asked);
        }
    }

    /// <summary>Who asks again asks for what is under way.</summary>
    private static void Promote(Turn turn, PromoteAsked asked)
    {
        turn.Emit(new Take(asked.Request));
        if (turn.Attempt.PromotedBy is null)
        {
            turn.Attempt = turn.Attempt with { PromotedBy = asked.RequestedBy };
            turn.Emit(new EndSoak(turn.Attempt.Number, turn.State.Candidate!.Number, asked.RequestedBy));
        }
    }

    private static string WhyNothingToPromote(Turn turn) => "cannot promote: " + turn.State.Attempt switch
    {
        null => "no reload is under way (aeterna reload begins one)",
        { Kind: not AttemptKind.Reload and var kind } => $"{Name(kind)} is under way, which has no soak",
        { Verdict: Verdict.Succeeded } => "the new generation is committed already",
        { Verdict: not null } or { Recall: not null } or { Fallback: true } => "the new generation has been given up (reload again)",
        { Step: AttemptStep.Soaking } => "no round of probes has passed in this soak yet (try again in a moment)",
        _ => "the new generation does not soak yet (try again in a moment; aeterna watch shows when)",
    };
}
