using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Checks;

/// <summary>Whether the directories exist that files and sockets shall be in.</summary>
internal static class PathCheck
{
    public static void Run(Plan plan, CheckReport report)
    {
        Existing(plan.Service.WorkingDirectory, "service.working_directory", report);
        Parent(plan.Orchestration.StateHandoff.SocketPath, "orchestration.state_handoff.socket_path", report);
        Parent(plan.Control.Socket, "control.socket", report);
        var listeners = plan.Service.Listeners;
        for (var i = 0; i < listeners.Count; i++)
        {
            if (listeners[i].Address.IsUnixPath)
            {
                Parent(listeners[i].Address.Path, $"service.listeners[{i}].address", report);
            }
        }
    }

    private static void Existing(string? directory, string path, CheckReport report)
    {
        if (directory is not null && !Directory.Exists(directory))
        {
            var why = File.Exists(directory) ? "it is no directory" : "there is no such directory";
            report.Error(path, FindingCode.NoSuchDirectory, $"cannot use {directory}: {why}", $"mkdir -p {directory}");
        }
    }

    private static void Parent(string? file, string path, CheckReport report) =>
        Existing(file is null ? null : Path.GetDirectoryName(file), path, report);
}
