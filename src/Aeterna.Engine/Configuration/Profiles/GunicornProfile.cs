using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles;

/// <summary>gunicorn (checked with 20.1): its workers share nothing but the sockets, and a reload of its own has old and new ones at a time too.</summary>
internal static class GunicornProfile
{
    private const string Short = "-p";
    private const string Long = "--pid";

    public static Profile Profile { get; } = new()
    {
        Name = "gunicorn",
        BinaryNames = ["gunicorn", "gunicorn3"],
        DrainSignal = 15, // Its workers answer what they have taken.
        ReopenSignal = 10,
        PidFile = command => Given(command) is { } file && Path.IsPathRooted(file) ? file : null,
        Traffic = service => Given(service.Command) is not null
            ? new(Traffic.Sequential, "gunicorn has a pid file in its command, which refuses a second one")
            : new(Traffic.Split, "gunicorn is made for several workers at a time"),
        AdaptCommand = (command, instanceDirectory) => Given(command) is not null
            ? command
            : [command[0], Long, Path.Combine(instanceDirectory, "gunicorn.pid"), .. command.Skip(1)], // It wins over a settings file.
    };

    /// <summary>SIGUSR2 starts its program anew beside it; when it ends, the new one takes this file. The last one given counts.</summary>
    private static string? Given(IReadOnlyList<string> command)
    {
        string? found = null;
        for (var word = 1; word < command.Count; word++)
        {
            var (text, next) = (command[word], word + 1 < command.Count ? command[word + 1] : null);
            found = text is Short or Long ? next
                : text.StartsWith(Long + "=", StringComparison.Ordinal) ? text[(Long.Length + 1)..]
                : text.StartsWith(Short, StringComparison.Ordinal) ? text[Short.Length..]
                : found;
        }

        return found;
    }
}
