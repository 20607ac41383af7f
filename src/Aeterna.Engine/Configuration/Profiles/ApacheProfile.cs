using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles;

/// <summary>Apache httpd (checked with 2.4): it refuses to start while its pid file names a process that lives, and ends without a word.</summary>
internal static class ApacheProfile
{
    // Those of its options that take a value.
    private const string WithValue = "DdfCckeE";
    private const int SigWinch = 28;

    public static Profile Profile { get; } = new()
    {
        Name = "apache",
        BinaryNames = ["apache2", "httpd"],
        // SIGTERM drops requests under way; SIGWINCH lets them finish.
        DrainSignal = SigWinch,
        Traffic = _ => new(Traffic.Split, "Apache writes each line of its logs in one piece, and each generation has a pid file of its own"),
        DefaultPreFlight = command => new() { Name = "apache2 -t", Command = [command[0], "-t", .. command.Skip(1)], Timeout = TimeSpan.FromSeconds(10) },
        AdaptCommand = Adapt,
    };

    /// <summary>Keeps it in the foreground; a directive of the command line's -c wins over the configuration.</summary>
    private static List<string> Adapt(IReadOnlyList<string> command, string instanceDirectory)
    {
        var options = ShortOptions.Read(command, WithValue);
        List<string> adapted = [.. command];
        if (!options.Exists(option => option is { Letter: 'X' } or { Letter: 'D', Value: "FOREGROUND" or "NO_DETACH" or "ONE_PROCESS" or "DEBUG" }))
        {
            adapted.Add("-DFOREGROUND");
        }

        return [.. adapted, "-c", $"PidFile {Path.Combine(instanceDirectory, "apache.pid")}"];
    }
}
