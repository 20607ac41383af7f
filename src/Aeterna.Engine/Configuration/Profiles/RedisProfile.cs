using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles;

/// <summary>redis-server, and its forks (checked with redis 7.0): one process owns the data in memory and their files.</summary>
internal static class RedisProfile
{
    public static Profile Profile { get; } = new()
    {
        Name = "redis",
        BinaryNames = ["redis-server", "valkey-server", "keydb-server"],
        // SIGTERM saves where saving is configured, and then ends it.
        DrainSignal = 15,
        Traffic = _ => new(Traffic.Sequential, "redis keeps its data in memory and in files that two processes must not share"),
        Handoffs = Direct.Tcp,
        Caveat = "kept connections end at a reload, and a request that is under way on one fails; no new connection and no write that it acknowledged does",
        AdaptCommand = (command, _) => InForeground(command),
    };

    // What stands on the command line wins over the file; a second one would be refused where the first one's file of its id is.
    private static List<string> InForeground(IReadOnlyList<string> command) =>
        command.Contains("--daemonize") ? [.. command] : [.. command, "--daemonize", "no"];
}
