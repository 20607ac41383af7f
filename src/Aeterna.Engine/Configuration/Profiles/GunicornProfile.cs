namespace Aeterna.Configuration;

/// <summary>gunicorn (checked with 20.1).</summary>
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
        PidFile = PidFile,
    };

    /// <summary>SIGUSR2 starts its program anew beside it; when it ends, the new one takes this file. The last one given counts.</summary>
    private static string? PidFile(IReadOnlyList<string> command)
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

        return found is not null && Path.IsPathRooted(found) ? found : null;
    }
}
