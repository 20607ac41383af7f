using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles;

/// <summary>HAProxy (checked with 2.6). Its options are words of their own (<c>-db</c>, <c>-Ws</c>), not getopt's letters.</summary>
internal static class HaproxyProfile
{
    private const int SigUsr1 = 10;

    public static Profile Profile { get; } = new()
    {
        Name = "haproxy",
        BinaryNames = ["haproxy"],
        // SIGTERM ends it with its connections; SIGUSR1 lets them finish.
        DrainSignal = SigUsr1,
        Traffic = _ => new(Traffic.Split, "haproxy is made for two at a time, and writes no data"),
        DefaultPreFlight = PreFlight,
        AdaptCommand = (command, _) => InForeground(command),
    };

    private static HookPlan PreFlight(IReadOnlyList<string> command)
    {
        var foreground = InForeground(command);
        return new() { Name = "haproxy -c", Command = [foreground[0], "-c", .. foreground.Skip(1)], Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <summary>-db wins over <c>daemon</c> in the configuration, but not over -D.</summary>
    private static List<string> InForeground(IReadOnlyList<string> command)
    {
        var adapted = command.Where((word, at) => at == 0 || word != "-D").ToList();
        if (!adapted.Contains("-db"))
        {
            adapted.Insert(1, "-db");
        }

        return adapted;
    }
}
