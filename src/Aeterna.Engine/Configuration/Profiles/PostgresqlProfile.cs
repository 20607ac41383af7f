using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles;

/// <summary>postgres (checked with 15): its lock on the data folder refuses a second process.</summary>
internal static class PostgresqlProfile
{
    private const int SigInt = 2;

    public static Profile Profile { get; } = new()
    {
        Name = "postgresql",
        BinaryNames = ["postgres"],
        // SIGTERM waits for every client to leave by itself; SIGINT ends their transactions, and then the server in good order.
        DrainSignal = SigInt,
        Traffic = _ => new(Traffic.Sequential, "PostgreSQL locks its data folder"),
        Handoffs = Direct.Tcp,
        Caveat = "kept connections and their transactions end at a reload; no new connection and nothing that was committed does",
    };
}
