using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles;

/// <summary>squid (checked with 5.7): its pid file refuses a second one, and two would write one cache.</summary>
internal static class SquidProfile
{
    // Those of its options that take a value.
    private const string WithValue = "adfklnu";

    public static Profile Profile { get; } = new()
    {
        Name = "squid",
        BinaryNames = ["squid"],
        // It lets what is under way finish for shutdown_lifetime.
        DrainSignal = 15,
        Traffic = _ => new(Traffic.Sequential, "squid has a pid file, which refuses a second one, and a cache of its own"),
        Handoffs = Direct.Tcp,
        Caveat = "it takes up to its shutdown_lifetime and two seconds more to end, and new clients wait that long at a reload; kept connections end",
        DefaultPreFlight = command => new() { Name = "squid -k parse", Command = [.. command, "-k", "parse"], Timeout = TimeSpan.FromSeconds(10) },
        AdaptCommand = (command, _) => InForeground(command),
    };

    private static IReadOnlyList<string> InForeground(IReadOnlyList<string> command) =>
        ShortOptions.Read(command, WithValue).Exists(option => option.Letter == 'N') || command.Contains("--foreground")
            ? command
            : [command[0], "--foreground", .. command.Skip(1)];
}
