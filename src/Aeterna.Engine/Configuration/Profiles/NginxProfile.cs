using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles;

/// <summary>nginx (checked with 1.22).</summary>
internal static class NginxProfile
{
    // Those of its options that take a value.
    private const string WithValue = "cegps";
    private const int SigQuit = 3;
    private const int SigUsr1 = 10;

    public static Profile Profile { get; } = new()
    {
        Name = "nginx",
        BinaryNames = ["nginx"],
        // SIGTERM drops requests under way; SIGQUIT lets them finish.
        DrainSignal = SigQuit,
        ReopenSignal = SigUsr1,
        Traffic = _ => new(Traffic.Split, "nginx writes each line of its logs in one piece"),
        DefaultPreFlight = PreFlight,
        AdaptCommand = Adapt,
    };

    /// <summary>Its own test, with the same files and the directives that a start will have.</summary>
    private static HookPlan PreFlight(IReadOnlyList<string> command)
    {
        // The test opens the pid file, and a user's engine may not open the one that is compiled in.
        var adapted = WithDirectives(command, "/dev/null");
        return new() { Name = "nginx -t", Command = [adapted[0], "-t", .. adapted.Skip(1)], Timeout = TimeSpan.FromSeconds(10) };
    }

    private static List<string> Adapt(IReadOnlyList<string> command, string instanceDirectory) =>
        WithDirectives(command, Path.Combine(instanceDirectory, "nginx.pid"));

    /// <summary>
    /// Keeps it in the foreground, and gives it a pid file of its own: two masters with one file take it from each other.
    /// nginx refuses a directive that stands both in -g and in its configuration, so what is there already is left alone;
    /// of a <c>daemon on</c> there nginx itself then says, with file and line, that it is in the way.
    /// </summary>
    private static List<string> WithDirectives(IReadOnlyList<string> command, string pidFile)
    {
        var options = ShortOptions.Read(command, WithValue);
        var given = options.Last('g') ?? "";
        var known = NginxDirectives.InText(given).Concat(NginxDirectives.InFile(ConfigurationFile(options))).ToArray();
        var added = "";
        if (!known.Any(directive => directive is ["daemon", ..] && (directive is not [_, "on"])))
        {
            added += "daemon off;";
        }

        if (!known.Any(directive => directive is ["pid", ..]))
        {
            added += $" pid \"{pidFile}\";";
        }

        return added.Length == 0 ? [.. command] : Merge(command, options, added.TrimStart());
    }

    /// <summary>nginx takes the last -g only, so what is added goes into that one, in front: it may lack its last semicolon.</summary>
    private static List<string> Merge(IReadOnlyList<string> command, List<ShortOption> options, string added)
    {
        var merged = new List<string>(command);
        if (options.FindLast(option => option.Letter == 'g') is not { Value: { } value, Word: var word })
        {
            merged.InsertRange(1, ["-g", added]);
            return merged;
        }

        var before = merged[word][..^value.Length];
        merged[word] = $"{before}{added} {value}";
        return merged;
    }

    private static string ConfigurationFile(List<ShortOption> options)
    {
        var file = options.Last('c') ?? NginxDirectives.DefaultFile;
        return Path.Combine(options.Last('p') ?? "/usr/share/nginx", file);
    }
}
