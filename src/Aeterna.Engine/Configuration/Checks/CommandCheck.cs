using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Checks;

/// <summary>Whether the programs exist and can be run.</summary>
internal static class CommandCheck
{
    public static void Run(Plan plan, CheckReport report, Func<string, string?> environment)
    {
        var search = ProgramSearch.For(plan.Service, environment);
        var program = Find(plan.Service.Command, "service.command", report, search);
        BinaryPath(plan.Service, program, report);
        var orchestration = plan.Orchestration;
        Hooks(orchestration.PreFlight, "orchestration.pre_flight", report, search);
        Hooks(orchestration.OnSuccess, "orchestration.post_process.on_success", report, search);
        Hooks(orchestration.OnFailure, "orchestration.post_process.on_failure", report, search);
        Find(orchestration.Canary.HealthCheck?.Command, "orchestration.canary.health_check.command", report, search);
        Find(orchestration.StateHandoff.Export, "orchestration.state_handoff.export", report, search);
        Find(orchestration.StateHandoff.Import, "orchestration.state_handoff.import", report, search);
    }

    private static void Hooks(IReadOnlyList<HookPlan> hooks, string path, CheckReport report, ProgramSearch search)
    {
        for (var i = 0; i < hooks.Count; i++)
        {
            Find(hooks[i].Command, $"{path}[{i}].command", report, search);
        }
    }

    /// <summary>The file of a command's program; null, with a finding, when there is none that can be run.</summary>
    private static string? Find(IReadOnlyList<string>? command, string path, CheckReport report, ProgramSearch search)
    {
        if (command is null)
        {
            return null;
        }

        var file = search.Locate(command[0]);
        return Sound(command[0], file, path, report, mustRun: true) ? file : null;
    }

    private static bool Sound(string name, string? file, string path, CheckReport report, bool mustRun)
    {
        var problem = file is null ? ProgramProblem.NotOnPath : ProgramSearch.ProblemOf(file, mustRun);
        if (problem is not null)
        {
            report.Error(path, problem.Code, $"cannot {(mustRun ? "run" : "use")} {file ?? name}: {problem.Why}", problem.Remedy);
        }

        return problem is null;
    }

    // A script's interpreter is the program, and this the script: it need not be executable.
    private static void BinaryPath(ServicePlan service, string? program, CheckReport report)
    {
        const string Path = "service.binary_path";
        if (service.BinaryPath is { } binary && Sound(binary, binary, Path, report, mustRun: false) && program is not null && Files.Real(binary) != Files.Real(program))
        {
            report.Warning(
                Path,
                FindingCode.OtherBinary,
                $"this is not the program of service.command, which is {program}",
                "right for a wrapper script; else let both name the same file");
        }
    }
}
