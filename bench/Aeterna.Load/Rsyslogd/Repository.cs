namespace Aeterna.Load.Rsyslogd;

/// <summary>Where this source tree is.</summary>
internal static class Repository
{
    /// <summary>The folder of Aeterna.sln, above this program or above the working directory.</summary>
    /// <exception cref="InvalidOperationException">Neither is inside of a source tree.</exception>
    public static string Root { get; } = Above(AppContext.BaseDirectory) ?? Above(Environment.CurrentDirectory)
        ?? throw new InvalidOperationException("cannot find the examples: this program runs outside of its source tree (run it from there)");

    /// <summary>A file of the tree.</summary>
    public static string File(string path) => Path.Combine(Root, path);

    private static string? Above(string? folder)
    {
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder, "Aeterna.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder;
    }
}
