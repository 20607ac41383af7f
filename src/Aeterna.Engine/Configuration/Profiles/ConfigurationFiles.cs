using System.IO.Enumeration;

namespace Aeterna.Configuration.Profiles;

/// <summary>Reads the configuration files of programs, within bounds. A file that cannot be read is empty: the program itself will say so.</summary>
internal static class ConfigurationFiles
{
    /// <summary>Most files that one configuration may have.</summary>
    public const int Most = 200;

    private const int MostBytes = 1 << 20;

    /// <summary>A file's text; "" when it cannot be read or is too large.</summary>
    public static string Text(string file) => TryRead(file, out var text) ? text : "";

    /// <summary>Reads a file's text; one that is not there has none. False when it is there and cannot be read, or is too large.</summary>
    public static bool TryRead(string file, out string text)
    {
        text = "";
        try
        {
            var info = new FileInfo(file);
            if (info is { Exists: true, Length: <= MostBytes })
            {
                text = File.ReadAllText(file);
            }

            return info is not { Exists: true, Length: > MostBytes };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error is FileNotFoundException or DirectoryNotFoundException;
        }
    }

    /// <summary>The files that an include means; wildcards are looked for in its last part only, where people have them.</summary>
    public static List<string> Expand(string pattern)
    {
        var directory = Path.GetDirectoryName(pattern) ?? "/";
        var name = Path.GetFileName(pattern);
        if (name.AsSpan().IndexOfAny('*', '?') < 0)
        {
            return [pattern];
        }

        try
        {
            return [.. Directory.EnumerateFiles(directory).Where(file => Matches(name, Path.GetFileName(file))).Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool Matches(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}
