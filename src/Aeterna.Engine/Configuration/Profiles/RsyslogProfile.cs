namespace Aeterna.Configuration;

/// <summary>rsyslogd (checked with 8.2302).</summary>
internal static class RsyslogProfile
{
    // Those of its getopt string that take a value.
    private const string WithValue = "fiMNoSTu";

    public static Profile Profile { get; } = new()
    {
        Name = "rsyslog",
        BinaryNames = ["rsyslogd"],
        Notifies = true,
        FailedBindIsFatal = true,
        DrainSignal = 15,
        StreamFraming = "syslog",
        Handoffs = new Dictionary<ListenerScheme, Handoff>
        {
            [ListenerScheme.Tcp] = Handoff.Relay,
            [ListenerScheme.Unix] = Handoff.Relay,
            [ListenerScheme.Unixgram] = Handoff.Relay,
            [ListenerScheme.Udp] = Handoff.Steered,
        },
        DefaultPreFlight = PreFlight,
        AdaptCommand = Adapt,
    };

    /// <summary>Its own dry run, with the same file and module path.</summary>
    private static HookPlan PreFlight(IReadOnlyList<string> command)
    {
        var options = ShortOptions.Read(command, WithValue);
        var kept = options.Where(option => option.Letter is 'f' or 'M').SelectMany(option => new[] { $"-{option.Letter}", option.Value! });
        return new() { Name = "rsyslogd -N1", Command = [command[0], "-N1", .. kept], Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <summary>
    /// Without a pid file of the old one in its way a second one starts; and it stays in the foreground, where its end is seen.
    /// </summary>
    private static List<string> Adapt(IReadOnlyList<string> command, string instanceDirectory)
    {
        var options = ShortOptions.Read(command, WithValue);
        var adapted = new List<string>(command);
        if (!options.Exists(option => option.Letter == 'n'))
        {
            adapted.Insert(1, "-n");
        }

        if (!options.Exists(option => option.Letter == 'i'))
        {
            adapted.Insert(1, "-iNONE");
        }

        return adapted;
    }
}
