using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles.Rsyslog;

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
        NeverPeeks = true,
        FailedBindIsFatal = true,
        DrainSignal = 15,
        // omfile writes its buffers; the configuration is not read anew.
        FlushSignal = 1,
        ReopenSignal = 1,
        // Its main thread waits ten minutes at a time; inputs like immark and impstats sleep in between. A worker that sleeps has messages
        // in hand: it waits before it tries a dead target again, or slows down on purpose.
        Housekeeping = new(MainThread: true, ["in:"]),
        Traffic = Advise,
        Streams = service => [.. RsyslogInputs.Read(Read(service)).Select(input => (input.Place, input.Framing))],
        StreamFraming = (service, address) => RsyslogInputs.Of(RsyslogInputs.Read(Read(service)), address),
        Binds = (service, address) => RsyslogBinds.Any(Read(service), address),
        Handoffs = new Dictionary<ListenerScheme, Handoff>
        {
            [ListenerScheme.Tcp] = Handoff.Relay,
            [ListenerScheme.Unix] = Handoff.Relay,
            [ListenerScheme.Unixgram] = Handoff.Relay,
            [ListenerScheme.Udp] = Handoff.Steered,
        },
        TakesDevLog = service => TakesDevLog(Read(service)),
        Summary = service => RsyslogState.Summary(Read(service)),
        DefaultPreFlight = PreFlight,
        AdaptCommand = Adapt,
    };

    /// <summary>
    /// Its file output writes in pieces that end in the middle of a message, so one at a time may write; and what keeps state in files
    /// bears no second process at all.
    /// </summary>
    private static TrafficAdvice Advise(ServicePlan service)
    {
        return RsyslogState.Find(Read(service)) is { } state
            ? new(Traffic.Sequential, $"{state}, which does not bear two rsyslogds at a time")
            : new(Traffic.Exclusive, "rsyslogd writes to files in pieces that end in the middle of a message");
    }

    // imuxsock's own socket, unless it is turned off or is another one.
    private static bool TakesDevLog(RsyslogConfiguration configuration) =>
        configuration.Statements.LastOrDefault(statement => RsyslogState.ModuleOf(statement) == "imuxsock") is { } module
        && module.Find("syssock.use")?.Value != "off" && module.Find("syssock.name") is null
        && !configuration.Statements.Any(statement => statement is { Name: "$omitlocallogging", Word: "on" } or { Name: "$systemlogsocketname" });

    private static RsyslogConfiguration Read(ServicePlan service)
    {
        var file = ShortOptions.Read(service.Command, WithValue).Last('f') ?? "/etc/rsyslog.conf";
        var directory = service.WorkingDirectory ?? Environment.CurrentDirectory;
        return RsyslogConfiguration.Read(Path.GetFullPath(file, directory), directory);
    }

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
