using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles;

/// <summary>chronyd (checked with 4.3): one process steers the clock, and its pid file refuses a second one.</summary>
internal static class ChronyProfile
{
    // Those of its options that take a value.
    private const string WithValue = "fFlLPrsStu";

    public static Profile Profile { get; } = new()
    {
        Name = "chrony",
        BinaryNames = ["chronyd"],
        DrainSignal = 15,
        Traffic = _ => new(Traffic.Sequential, "chronyd steers the clock, and its pid file refuses a second one"),
        DefaultPreFlight = command => new() { Name = "chronyd -p", Command = [command[0], "-p", .. command.Skip(1)], Timeout = TimeSpan.FromSeconds(10) },
        AdaptCommand = (command, _) => InForeground(command),
    };

    private static IReadOnlyList<string> InForeground(IReadOnlyList<string> command) =>
        ShortOptions.Read(command, WithValue).Exists(option => option.Letter is 'd' or 'n') ? command : [command[0], "-n", .. command.Skip(1)];
}
