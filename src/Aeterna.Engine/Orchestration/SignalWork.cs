using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Orchestration;

/// <summary>
/// Sends signals to the service's processes for others, who know one process id at most. A rotation that reaches one generation only would
/// let another one, that is parked and comes back, go on writing to the old file. May be used from any thread.
/// </summary>
internal sealed class SignalWork(GenerationRoster roster)
{
    // The kernel does these whatever the program wants; and the engine stops and lets go by itself.
    private static readonly HashSet<string> _never = ["SIGKILL", "SIGSTOP", "SIGCONT", "SIGTSTP", "SIGTTIN", "SIGTTOU"];

    /// <summary>Sends it to every generation that has a handler for it: others it would end.</summary>
    public SignalOutcome Send(string text)
    {
        if (!SignalNames.TryParse(text.ToUpperInvariant(), out var signal))
        {
            return Refused(ProblemCode.BadRequest, $"cannot send the signal \"{text}\": there is none of that name (as in HUP, SIGUSR1 or 10)");
        }

        var name = SignalNames.Name(signal);
        if (_never.Contains(name))
        {
            return Refused(ProblemCode.SignalRefused, $"cannot send {name}: it would end or stop the process, which is the engine's business (aeterna stop and aeterna reload end it)");
        }

        var generations = roster.All.Where(generation => !generation.Exited.IsCompleted).Select(generation => new SignalledReport
        {
            Generation = generation.Number,
            Pid = generation.Pid,
            Outcome = !generation.Catches(signal) ? "not_sent" : generation.IsFrozen ? "waits" : "sent",
        }).ToList();
        if (generations.Count == 0)
        {
            return Refused(ProblemCode.NotServing, $"cannot send {name}: no generation is there");
        }

        if (generations.TrueForAll(generation => generation.Outcome == "not_sent"))
        {
            return Refused(
                ProblemCode.SignalRefused,
                $"cannot send {name}: the main process (pid {generations[^1].Pid}) has no handler for it, and it would end it (if it is a shell, let it exec the program)");
        }

        foreach (var generation in generations.Where(generation => generation.Outcome != "not_sent"))
        {
            roster.Find(generation.Generation)?.Signal(signal);
        }

        return new SignalOutcome(new SignalReport { Signal = name, Generations = generations }, null);
    }

    private static SignalOutcome Refused(string code, string detail) => new(null, new Refusal(code, detail));
}
