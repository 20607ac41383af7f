namespace Aeterna.Configuration.Checks;

/// <summary>Whether the programs exist and can be run.</summary>
internal static class CommandCheck
{
    private const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static void Run(Plan plan, CheckReport report, Func<string, string?> environment)
    {
        var program = Find(plan.Service.Command, "service.command", report, environment);
        BinaryPath(plan.Service, program, report);
        var orchestration = plan.Orchestration;
        Hooks(orchestration.PreFlight, "orchestration.pre_flight", report, environment);
        Hooks(orchestration.OnSuccess, "orchestration.post_process.on_success", report, environment);
        Hooks(orchestration.OnFailure, "orchestration.post_process.on_failure", report, environment);
        Find(orchestration.Canary.HealthCheck?.Command, "orchestration.canary.health_check.command", report, environment);
        Find(orchestration.StateHandoff.Export, "orchestration.state_handoff.export", report, environment);
        Find(orchestration.StateHandoff.Import, "orchestration.state_handoff.import", report, environment);
    }

    private static void Hooks(IReadOnlyList<HookPlan> hooks, string path, CheckReport report, Func<string, string?> environment)
    {
        for (var i = 0; i < hooks.Count; i++)
        {
            Find(hooks[i].Command, $"{path}[{i}].command", report, environment);
        }
    }

    /// <summary>The file of a command's program; null, with a finding, when there is none that can be run.</summary>
    private static string? Find(
        IReadOnlyList<string>? command, string path, CheckReport report, Func<string, string?> environment)
    {
        if (command is null)
        {
            return null;
        }

        var program = command[0];
        if (program.StartsWith('/'))
        {
            return Runnable(program, path, report) ? program : null;
        }

        var found = (environment("PATH") ?? "")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(candidate => File.Exists(candidate) && IsExecutable(candidate));
        if (found is null)
        {
            report.Error(path, "no_such_program", $"cannot find {program} on PATH", "install it, or give its absolute path");
        }

        return found;
    }

    private static bool Runnable(string file, string path, CheckReport report)
    {
        if (Directory.Exists(file))
        {
            report.Error(path, "not_executable", $"cannot run {file}: it is a directory", "give the program's file");
        }
        else if (!File.Exists(file))
        {
            report.Error(path, "no_such_program", $"cannot find {file}: there is no such file", "install it, or correct the path");
        }
        else if (!IsExecutable(file))
        {
            report.Error(path, "not_executable", $"cannot run {file}: it is not executable", $"chmod +x {file}");
        }
        else
        {
            return true;
        }

        return false;
    }

    private static void BinaryPath(ServicePlan service, string? program, CheckReport report)
    {
        const string Path = "service.binary_path";
        if (service.BinaryPath is { } binary && Runnable(binary, Path, report) && program is not null && Real(binary) != Real(program))
        {
            report.Warning(
                Path,
                "other_binary",
                $"this is not the program of service.command, which is {program}",
                "right for a wrapper script; else let both name the same file");
        }
    }

    private static bool IsExecutable(string file) => (new FileInfo(file).UnixFileMode & Execute) != 0;

    private static string Real(string file) => File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(file);
}
