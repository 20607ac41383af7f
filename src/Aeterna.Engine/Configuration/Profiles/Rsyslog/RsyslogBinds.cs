using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles.Rsyslog;

/// <summary>Whether an rsyslog configuration has something that binds an address, as far as that can be said for certain.</summary>
internal static class RsyslogBinds
{
    // What is known of their sockets: those of the first two are all in RsyslogInputs, and the others have none but datagram sockets.
    private static readonly HashSet<string> _known = ["imtcp", "imptcp", "imudp", "imuxsock", "imklog", "imkmsg", "imfile", "imjournal", "immark", "impstats"];

    // What they start may have sockets of its own.
    private static readonly string[] _starters = ["omprog", "mmexternal"];

    /// <summary>False: surely not. Null: what was read does not say.</summary>
    public static bool? Any(RsyslogConfiguration configuration, ListenerAddress address)
    {
        var modules = configuration.Statements.Select(RsyslogState.ModuleOf).OfType<string>().ToHashSet();
        var areKnown = modules.Where(module => module.StartsWith("im", StringComparison.Ordinal)).All(_known.Contains) && !modules.Overlaps(_starters);
        if (configuration.Unread is not null || configuration.Statements.Count == 0 || !areKnown)
        {
            return null;
        }

        return address.Scheme switch
        {
            ListenerScheme.Tcp or ListenerScheme.Unix => RsyslogInputs.Read(configuration).Any(input => input.MayBe(address)),
            ListenerScheme.Udp => modules.Contains("imudp") ? null : false,
            ListenerScheme.Unixgram => modules.Contains("imuxsock") ? null : false,
            _ => null,
        };
    }
}
