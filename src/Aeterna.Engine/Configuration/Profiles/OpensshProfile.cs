using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles;

/// <summary>sshd (checked with OpenSSH 9.2): a session is a process of its own, and outlives the one that listens.</summary>
internal static class OpensshProfile
{
    // Those of its options that take a value.
    private const string WithValue = "CcEfghkopu";

    public static Profile Profile { get; } = new()
    {
        Name = "openssh",
        BinaryNames = ["sshd"],
        DrainSignal = 15,
        Traffic = _ => new(Traffic.Split, "sshd has a process for each session, and each generation has a pid file of its own"),
        DefaultPreFlight = command => new()
        {
            Name = "sshd -t",
            Command = [command[0], "-t", .. command.Skip(1).Where(word => word != "-D")],
            Timeout = TimeSpan.FromSeconds(10),
        },
        AdaptCommand = Adapt,
    };

    /// <summary>Keeps it in the foreground; an -o of the command line wins over the configuration, and the first of two wins.</summary>
    private static List<string> Adapt(IReadOnlyList<string> command, string instanceDirectory)
    {
        List<string> adapted = [.. command];
        if (!ShortOptions.Read(command, WithValue).Exists(option => option.Letter is 'D' or 'd'))
        {
            adapted.Insert(1, "-D");
        }

        return [.. adapted, "-o", $"PidFile={Path.Combine(instanceDirectory, "sshd.pid")}"];
    }
}
