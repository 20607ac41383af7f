using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Rules;

/// <summary>Combinations in <c>service.listeners</c> that cannot be.</summary>
internal static class ListenerRules
{
    public static void Check(Facts facts)
    {
        if (!facts.Given("service.listeners"))
        {
            return;
        }

        var listeners = facts.Plan.Service.Listeners;
        for (var i = 0; i < listeners.Count; i++)
        {
            var path = $"service.listeners[{i}]";
            Unique(facts, path + ".name", listeners, i, listener => listener.Name);
            Unique(facts, path + ".address", listeners, i, listener => listener.Address);
            if (facts.Given(path + ".address"))
            {
                Fits(facts, path, listeners[i]);
            }
        }
    }

    private static void Unique(Facts facts, string path, IReadOnlyList<ListenerPlan> listeners, int index, Func<ListenerPlan, object?> value)
    {
        var first = listeners.TakeWhile((listener, i) => i < index && !Equals(value(listener), value(listeners[index]))).Count();
        if (facts.Given(path) && first < index)
        {
            facts.Refuse(path, $"service.listeners[{first}] has {value(listeners[index])} already");
        }
    }

    private static void Fits(Facts facts, string path, ListenerPlan listener)
    {
        var address = listener.Address;
        var framing = path + ".framing";
        var relayed = facts.Plan.Service.HandoffOf(address) == Handoff.Relay;
        if (!relayed)
        {
            RelayOnly(facts, framing);
            RelayOnly(facts, path + ".tls");
        }

        if (relayed && address.Scheme == ListenerScheme.Udp)
        {
            facts.Refuse(path + ".handoff", "udp cannot be relayed", "use steered or shared");
        }

        if (relayed && address.IsStream && listener.Framing is null && facts.Plan.Service.Profile.StreamFraming is null)
        {
            facts.Refuse(
                path + ".handoff", "a relayed stream needs a framing: it is moved between two messages", "add framing: syslog, line, nul, u32be or none");
        }

        if (listener.Handoff == Handoff.Steered && address.IsUnix)
        {
            facts.Refuse(path + ".handoff", "only tcp and udp can be steered", "use shared or relay");
        }

        if (!address.IsStream && facts.Given(framing))
        {
            facts.Refuse(framing, $"{address} takes datagrams, which need no framing", "remove it");
        }

        if (!address.IsStream && facts.Given(path + ".backlog"))
        {
            facts.Refuse(
                path + ".backlog", $"{address} takes datagrams and has no accept queue", "remove it, or use receive_buffer");
        }

        Tls(facts, path + ".tls", listener.Tls);
        if (address.Scheme != ListenerScheme.Tcp && facts.Given(path + ".tls"))
        {
            facts.Refuse(path + ".tls", $"TLS needs a tcp address, found {address}");
        }
    }

    private static void Tls(Facts facts, string path, TlsPlan? tls)
    {
        if (tls is { ClientCa: null } && tls.PermittedPeers.FirstOrDefault(peer => peer.Name is not null) is { } named)
        {
            facts.Refuse(path + ".permitted_peers", $"{named} is a name, which anybody can write into a certificate", "add client_ca, or give fingerprints");
        }

        if (tls is { MinVersion.Minor: 3, Ciphers.Count: > 0 } && !tls.Ciphers.Any(suite => (int)suite >> 8 == 0x13))
        {
            facts.Refuse(path + ".ciphers", "none of them belongs to TLS 1.3, which min_version asks for", "add one, such as TLS_AES_256_GCM_SHA384");
        }
    }

    private static void RelayOnly(Facts facts, string path)
    {
        if (facts.Given(path))
        {
            facts.Refuse(path, "only a relayed listener takes this", "set handoff: relay, or remove it");
        }
    }
}
