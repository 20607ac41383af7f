using Aeterna.Linux;

namespace Aeterna.Generations.Footprints;

/// <summary>
/// Files and folders that a program was given by name, in its command line or environment, and may write to. A store that keeps all in
/// memory until its end, or writes anew and renames, shows nothing else.
/// </summary>
internal static class NamedFiles
{
    // What follows these is code, as .jar and .py are.
    private static readonly HashSet<string> _ofCode =
        new(StringComparer.Ordinal) { "-cp", "-classpath", "--class-path", "--module-path" };

    private static readonly char[] _between = ['=', ' ', ',', ';', '"', '\''];

    /// <summary>What speaks against a second process beside this one, or null.</summary>
    public static string? Find(int main, FootprintSubject subject)
    {
        var writer = Writer.Of(main);
        foreach (var path in Names(main, subject).Where(path => !PathKinds.IsSystem(path) && !subject.IsOwn(main, path)))
        {
            if (PathKinds.IsRead(path) || PathKinds.IsLog(path) || PathKinds.IsPassing(path))
            {
                continue;
            }

            switch (FileStatus.Behind(path))
            {
                case { IsRegular: true, IsExecutable: false } file when writer.May(path, file):
                    return $"was given the file {path}, which it may write to";
                case { IsFolder: true } folder when !PathKinds.IsCommon(path) && writer.May(path, folder):
                    return $"was given the folder {path}, which it may write to";
                case null when Path.GetDirectoryName(path) is { } parent and not "/"
                    && FileStatus.Behind(parent) is { IsFolder: true } folder && writer.May(parent, folder):
                    return $"was given the name {path}, which it may write to";
                default:
                    break;
            }
        }

        return null;
    }

    /// <summary>Everything in the command line and in the configured environment that may be a path, made absolute.</summary>
    public static IEnumerable<string> Names(int main, FootprintSubject subject)
    {
        var folder = ProcFs.WorkingDirectory(main) ?? "/";
        var command = ProcFs.CommandLine(main);
        var words = command.Where((word, at) => at > 0 && !_ofCode.Contains(word) && !_ofCode.Contains(command[at - 1])).Concat(subject.Environment.Where(e => !e.StartsWith("PATH=", StringComparison.Ordinal)));
        foreach (var word in words.SelectMany(w => w.Split(_between, StringSplitOptions.RemoveEmptyEntries)))
        {
            // As in file:/var/lib/a, and -d/var/lib/a.
            var at = word.IndexOf('/', StringComparison.Ordinal);
            var name = at is 1 or 2 && word[0] == '-' ? word[at..]
                : at > 0 && word[at - 1] == ':' && !word.Contains("://", StringComparison.Ordinal) ? word[at..]
                : word;
            var isPath = name.StartsWith('/') || name.StartsWith("./", StringComparison.Ordinal) || name.StartsWith("../", StringComparison.Ordinal)
                || (name[0] != '-' && !name.Contains(':', StringComparison.Ordinal) && Path.GetExtension(name).Length > 1 && !char.IsAsciiDigit(Path.GetExtension(name)[1]));
            if (isPath && !name.Contains('\0', StringComparison.Ordinal) && name.Length < 4096)
            {
                yield return Path.TrimEndingDirectorySeparator(Path.GetFullPath(name, folder));
            }
        }
    }
}
