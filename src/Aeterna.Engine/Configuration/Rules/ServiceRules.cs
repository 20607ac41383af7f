namespace Aeterna.Configuration.Rules;

/// <summary>Combinations in <c>service</c> that cannot be.</summary>
internal static class ServiceRules
{
    private static readonly string[] _ownVariables = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET"];

    public static void Check(Facts facts)
    {
        if (facts.Given("service.env"))
        {
            Environment(facts);
        }

        if (facts.Given("service.group") && !facts.Given("service.user"))
        {
            facts.Warn("service.group", "without a user, the program keeps the engine's supplementary groups", "give service.user too");
        }
    }

    private static void Environment(Facts facts)
    {
        var names = new Dictionary<string, int>();
        var env = facts.Plan.Service.Env;
        for (var i = 0; i < env.Count; i++)
        {
            var name = env[i][..env[i].IndexOf('=', StringComparison.Ordinal)];
            var path = $"service.env[{i}]";
            if (!names.TryAdd(name, i))
            {
                facts.Refuse(path, $"{name} is set twice", "remove one of the two");
            }

            if (name.StartsWith("AETERNA_", StringComparison.Ordinal) || _ownVariables.Contains(name))
            {
                facts.Refuse(path, $"{name} is set by the engine", "choose another name");
            }
        }
    }
}
