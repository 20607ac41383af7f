namespace Aeterna.Contract;

/// <summary>The folder that has one folder for each engine that runs, by the name of its service.</summary>
public static class RunFolder
{
    /// <summary><c>/run/aeterna</c> for root, else <c>$XDG_RUNTIME_DIR/aeterna</c>.</summary>
    /// <param name="root">Whether the caller is root.</param>
    /// <param name="environment">Looks up an environment variable.</param>
    public static string Of(bool root, Func<string, string?> environment) =>
        root ? RootsEngines.Folder : Path.Combine(environment("XDG_RUNTIME_DIR") ?? OwnFolder.Path, "aeterna");

    /// <summary>The control socket of a service, unless its configuration says otherwise.</summary>
    public static string Socket(string folder, string name) => Path.Combine(folder, name, "control.sock");
}
