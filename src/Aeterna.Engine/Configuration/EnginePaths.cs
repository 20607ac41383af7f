using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration;

/// <summary>Where one engine keeps its files. Pure: it names paths and touches none.</summary>
/// <param name="RunDirectory"><c>/run/aeterna/NAME</c>, or under <c>$XDG_RUNTIME_DIR</c>; mode 0700 except that 0755 parents may exist.</param>
/// <param name="ControlSocket">The control socket.</param>
/// <param name="HistoryDirectory">Where the records are.</param>
internal sealed record EnginePaths(string RunDirectory, string ControlSocket, string HistoryDirectory)
{
    /// <summary>Holds the engine's process id; locked (flock) as long as the engine lives.</summary>
    public string PidFile => Path.Combine(RunDirectory, "engine.pid");

    /// <summary>What an engine logs that was started with <c>--detach</c>.</summary>
    public string LogFile => Path.Combine(RunDirectory, "engine.log");

    /// <summary>The private directory of a generation (<c>AETERNA_INSTANCE_DIR</c>).</summary>
    public string InstanceDirectory(int generation) => Path.Combine(RunDirectory, $"gen-{generation}");

    /// <summary>The paths for a service name: <c>/run/aeterna</c> for root, else <c>$XDG_RUNTIME_DIR/aeterna</c>.</summary>
    /// <param name="name">The service's name.</param>
    /// <param name="root">Whether the caller is root.</param>
    /// <param name="environment">Looks up an environment variable.</param>
    /// <param name="control">The plan's wishes; null when only the name is known (a client).</param>
    /// <param name="history">The plan's wishes.</param>
    public static EnginePaths For(
        string name, bool root, Func<string, string?> environment, ControlPlan? control = null, HistoryPlan? history = null)
    {
        var folder = RunFolder.Of(root, environment);
        return new EnginePaths(
            Path.Combine(folder, name),
            control?.Socket ?? RunFolder.Socket(folder, name),
            history?.Directory ?? Path.Combine(StateRoot(root, environment), name));
    }

    /// <summary>The folder that has one folder with records for each service whose plan does not say otherwise.</summary>
    public static string StateRoot(bool root, Func<string, string?> environment) => root
        ? "/var/lib/aeterna"
        : Path.Combine(environment("XDG_STATE_HOME") ?? Path.Combine(environment("HOME") ?? OwnFolder.Path, ".local/state"), "aeterna");
}
