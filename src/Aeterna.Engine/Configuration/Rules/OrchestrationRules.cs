using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Rules;

/// <summary>Combinations in <c>orchestration</c> that cannot be.</summary>
internal static class OrchestrationRules
{
    private const string Canary = "orchestration.canary";

    private static readonly string[] _probes = ["http_get", "tcp_connect", "command"];
    private static readonly string[] _ofTheSoak = ["soak_time", "health_check", "limits"];

    public static void Check(Facts facts)
    {
        if (facts.Plan.Orchestration.Strategy == Strategy.Immediate)
        {
            Immediate(facts);
        }

        HealthCheck(facts);
        Traffic(facts);
        Drain(facts);
        Hooks(facts, "orchestration.post_process.on_success", facts.Plan.Orchestration.OnSuccess);
        Hooks(facts, "orchestration.post_process.on_failure", facts.Plan.Orchestration.OnFailure);
    }

    private static void Immediate(Facts facts)
    {
        if (facts.Given($"{Canary}.weight"))
        {
            facts.Refuse($"{Canary}.weight", "strategy immediate has no soak to share traffic in", "use strategy: canary, or remove it");
        }

        if (facts.Plan.Orchestration.Canary.Enabled && Array.Exists(_ofTheSoak, key => facts.Has($"{Canary}.{key}")))
        {
            facts.Warn(
                Canary, "strategy immediate has no soak; of this section only traffic and switch_timeout count",
                "use strategy: canary, or remove the rest");
        }
    }

    private static void HealthCheck(Facts facts)
    {
        const string Path = $"{Canary}.health_check";
        if (!facts.Given(Path))
        {
            return;
        }

        var kinds = _probes.Where(kind => facts.Has($"{Path}.{kind}")).ToArray();
        if (kinds.Length == 0)
        {
            facts.Refuse(Path, "nothing to probe", "add one of http_get, tcp_connect and command");
        }

        foreach (var further in kinds.Skip(1))
        {
            facts.Refuse(
                $"{Path}.{further}", $"there is a {kinds[0]} already, and a health check has one probe", "keep one of them");
        }
    }

    private static void Traffic(Facts facts)
    {
        var traffic = facts.Plan.Orchestration.Canary.Traffic;
        if (traffic is Machine.Plans.Traffic.Exclusive or Machine.Plans.Traffic.Sequential && facts.Given($"{Canary}.weight"))
        {
            var word = traffic == Machine.Plans.Traffic.Exclusive ? "exclusive" : "sequential";
            facts.Refuse(
                $"{Canary}.weight", $"with traffic {word} one generation gets everything", "use traffic: split, or remove it");
        }

        if (traffic == Machine.Plans.Traffic.Sequential && facts.Plan.Orchestration.Drain.KeepWarm > TimeSpan.Zero)
        {
            facts.Refuse(
                "orchestration.drain.keep_warm", "with traffic sequential the old generation is gone before the new one starts", "remove it");
        }
    }

    private static void Drain(Facts facts)
    {
        const string Path = "orchestration.drain.signal";
        if (facts.Plan.Orchestration.Drain.Signal is SignalNames.Kill or SignalNames.Stop && facts.Given(Path))
        {
            facts.Refuse(Path, "no program can answer to SIGKILL or SIGSTOP", "to end it at once, set drain.timeout: 0s");
        }
    }

    private static void Hooks(Facts facts, string path, IReadOnlyList<HookPlan> hooks)
    {
        for (var i = 0; i < hooks.Count; i++)
        {
            if (facts.Given($"{path}[{i}].block_on_fail"))
            {
                facts.Warn($"{path}[{i}].block_on_fail", "the reload is over by then; nothing is left to block", "remove it");
            }
        }
    }
}
