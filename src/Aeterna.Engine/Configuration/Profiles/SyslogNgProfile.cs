using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles;

/// <summary>syslog-ng (checked with 3.38): its place in files and queues is in one file, which it locks.</summary>
internal static class SyslogNgProfile
{
    private const int SigHup = 1;

    public static Profile Profile { get; } = new()
    {
        Name = "syslog-ng",
        BinaryNames = ["syslog-ng"],
        DrainSignal = 15,
        ReopenSignal = SigHup,
        Traffic = _ => new(Traffic.Sequential, "syslog-ng locks the file in which it keeps its place"),
        Handoffs = Direct.Tcp,
        Caveat = "kept connections end at a reload, and a message that is under way on one is lost, as nobody acknowledges it; "
            + "a listener of this file with handoff: relay and its framing keeps them",
        DefaultPreFlight = command => new() { Name = "syslog-ng -s", Command = [.. command, "-s"], Timeout = TimeSpan.FromSeconds(10) },
        AdaptCommand = (command, _) => command.Contains("-F") || command.Contains("--foreground") ? command : [.. command, "-F"],
    };
}
