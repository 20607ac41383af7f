using System.Net;
using Aeterna.Contract;

namespace Aeterna.Configuration.Rules;

/// <summary>Combinations in <c>restart</c>, <c>control</c> and <c>observability</c> that cannot be.</summary>
internal static class EngineRules
{
    public static void Check(Facts facts)
    {
        Backoff(facts);
        Control(facts);
    }

    private static void Backoff(Facts facts)
    {
        var restart = facts.Plan.Restart;
        if (restart.BackoffInitial > restart.BackoffMax)
        {
            var path = facts.Given("restart.backoff.initial") ? "restart.backoff.initial" : "restart.backoff.max";
            var (initial, max) = (Durations.Format(restart.BackoffInitial), Durations.Format(restart.BackoffMax));
            facts.Refuse(path, $"the first wait ({initial}) is longer than the longest ({max})", "initial may be at most max");
        }
    }

    private static void Control(Facts facts)
    {
        var control = facts.Plan.Control;
        if (control.Listen is not { } listen)
        {
            return;
        }

        if (listen.Equals(facts.Plan.Observability.Metrics))
        {
            facts.Refuse("control.listen", $"observability.metrics_port has {listen} too, and serves the control API already", "remove one, or choose another port");
        }

        if (IPAddress.IsLoopback(listen.Address))
        {
            return;
        }

        if (!facts.Has("control.token_file"))
        {
            facts.Refuse("control.listen", "other machines reach this address, and there is no token for them to show", "add control.token_file");
        }

        if (!facts.Has("control.tls") && !control.AllowPlaintext)
        {
            facts.Refuse("control.listen", "the token would cross the network in the clear", "add control.tls, or allow_plaintext: true");
        }
    }
}
