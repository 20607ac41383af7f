namespace Aeterna.Configuration.Checks;

/// <summary>Files behind their links.</summary>
internal static class Files
{
    /// <summary>The mode of the file that a path leads to; null when it leads to none, or round in a circle.</summary>
    public static UnixFileMode? Mode(string file)
    {
        try
        {
            var target = File.ResolveLinkTarget(file, returnFinalTarget: true) ?? new FileInfo(file);
            return target.Exists ? target.UnixFileMode : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The path of a file that exists, with every link followed, those of its directories too: /bin is one on a merged system.</summary>
    public static string Real(string file)
    {
        var real = "/";
        foreach (var part in Path.GetFullPath(file).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(real, part);
            real = File.ResolveLinkTarget(next, returnFinalTarget: false) is { } link ? Real(link.FullName) : next;
        }

        return real;
    }
}
