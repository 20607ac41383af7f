using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles;

/// <summary>mariadbd and mysqld: their locks on the data files refuse a second process.</summary>
internal static class MariadbProfile
{
    public static Profile Profile { get; } = new()
    {
        Name = "mariadb",
        BinaryNames = ["mariadbd", "mysqld"],
        DrainSignal = 15,
        Traffic = _ => new(Traffic.Sequential, "MariaDB locks its data files"),
        Handoffs = Direct.Tcp,
        Caveat = "kept connections and their transactions end at a reload, and clients of its unix socket are refused until it is up again; no new TCP connection and nothing that was committed is lost",
        AsksItsPaths = true,
    };
}
