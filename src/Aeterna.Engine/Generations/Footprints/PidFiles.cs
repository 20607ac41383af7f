using System.Globalization;
using Aeterna.Linux;

namespace Aeterna.Generations.Footprints;

/// <summary>A file with the process's id: a second process refuses to start because of it, or takes it over and loses it when the first one ends.</summary>
internal static class PidFiles
{
    private const int MostFolders = 500;
    private const int MostBytes = 32;

    /// <summary>The process that a file names; null when there is no such file, or no number in it.</summary>
    public static int? Read(string? path) =>
        path is not null && int.TryParse(Content(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;

    /// <summary>What speaks against a second process beside these, or null.</summary>
    public static string? Find(int main, IReadOnlyList<int> pids, FootprintSubject subject)
    {
        var numbers = pids.Select(pid => pid.ToString(CultureInfo.InvariantCulture)).ToHashSet(StringComparer.Ordinal);
        var places = NamedFiles.Names(main, subject).Where(path => path.EndsWith(".pid", StringComparison.Ordinal))
            .Concat(InFolder("/run"))
            .Concat(Folders("/run").Take(MostFolders).SelectMany(InFolder))
            .Concat(ProcFs.WorkingDirectory(main) is { } folder ? InFolder(folder) : []);
        return places.FirstOrDefault(path => !subject.IsOwn(main, path) && Content(path) is { } text && numbers.Contains(text)) is { } found
            ? $"keeps its process id in {found}"
            : null;
    }

    private static string? Content(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > 0 and <= MostBytes } ? File.ReadAllText(path).Trim() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string[] InFolder(string folder) => Entries(() => Directory.GetFiles(folder, "*.pid"));

    private static string[] Folders(string folder) => Entries(() => Directory.GetDirectories(folder));

    private static string[] Entries(Func<string[]> list)
    {
        try
        {
            return list();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
