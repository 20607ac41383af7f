using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles;

/// <summary>lighttpd (checked with 1.4.69).</summary>
internal static class LighttpdProfile
{
    // Those of its options that take a value.
    private const string WithValue = "fmi";
    private const int SigInt = 2;
    private const int SigHup = 1;

    public static Profile Profile { get; } = new()
    {
        Name = "lighttpd",
        BinaryNames = ["lighttpd"],
        // SIGTERM drops requests under way; SIGINT lets them finish.
        DrainSignal = SigInt,
        ReopenSignal = SigHup,
        Traffic = _ => new(Traffic.Split, "lighttpd writes its logs in whole lines"),
        DefaultPreFlight = command => new()
        {
            Name = "lighttpd -tt",
            Command = [command[0], "-tt", .. command.Skip(1).Where(word => word != "-D")],
            Timeout = TimeSpan.FromSeconds(10),
        },
        AdaptCommand = (command, _) => ShortOptions.Read(command, WithValue).Exists(option => option.Letter == 'D') ? command : [.. command, "-D"],
    };
}
