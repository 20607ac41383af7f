using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Checks;

/// <summary>Whether the script exists that an interpreter is to run: the interpreter does, and so the command looks sound.</summary>
internal static class ScriptCheck
{
    private static readonly string[] _interpreters = ["sh", "bash", "dash", "zsh", "ksh", "python", "python2", "python3", "perl", "ruby", "node", "php", "pwsh"];

    /// <summary>Options after which there is no script: its text is the next word, or the script comes from somewhere else.</summary>
    private static readonly string[] _withoutScript = ["-c", "-e", "-E", "-m", "-r", "-p", "-s", "-", "--eval", "--print", "--version", "--help", "-Command", "-EncodedCommand"];

    /// <summary>Options that take the next word.</summary>
    private static readonly string[] _withValue = ["-X", "-W", "-I", "-o", "-O", "--require", "--import", "-ExecutionPolicy", "-WorkingDirectory"];

    public static void Run(Plan plan, CheckReport report)
    {
        var folder = plan.Service.WorkingDirectory;
        var orchestration = plan.Orchestration;
        Look(plan.Service.Command, "service.command", folder, report);
        Look(orchestration.PreFlight, "orchestration.pre_flight", folder, report);
        Look(orchestration.OnSuccess, "orchestration.post_process.on_success", folder, report);
        Look(orchestration.OnFailure, "orchestration.post_process.on_failure", folder, report);
        Look(orchestration.Canary.HealthCheck?.Command, "orchestration.canary.health_check.command", folder, report);
        Look(orchestration.StateHandoff.Export, "orchestration.state_handoff.export", folder, report);
        Look(orchestration.StateHandoff.Import, "orchestration.state_handoff.import", folder, report);
    }

    /// <summary>The script of a command; null: it has none, or nobody can tell.</summary>
    internal static string? ScriptOf(IReadOnlyList<string> command)
    {
        if (!_interpreters.Contains(Interpreter(command[0])))
        {
            return null;
        }

        for (var i = 1; i < command.Count; i++)
        {
            var word = command[i];
            if (!word.StartsWith('-'))
            {
                return word;
            }

            if (_withoutScript.Contains(word) || (word is ['-', not '-', ..] && word.Length <= 4 && word[^1] is 'c' or 'e' or 'm'))
            {
                return null; // "-lc" and "-Sm" end in the option that counts.
            }

            i += _withValue.Contains(word) ? 1 : 0;
        }

        return null;
    }

    private static void Look(IReadOnlyList<HookPlan> hooks, string path, string? folder, CheckReport report)
    {
        for (var i = 0; i < hooks.Count; i++)
        {
            Look(hooks[i].Command, $"{path}[{i}].command", folder, report);
        }
    }

    // Without a working directory the engine's counts, which is not this program's; with one a relative name can be told.
    private static void Look(IReadOnlyList<string>? command, string path, string? folder, CheckReport report)
    {
        if (command is not null && ScriptOf(command) is { } script && (Path.IsPathRooted(script) || folder is not null)
            && Path.Combine(folder ?? "/", script) is var file && !Path.Exists(file))
        {
            report.Warning(path, FindingCode.NoSuchScript, $"{command[0]} is to run {file}: there is no such file", "check the path");
        }
    }

    // "python3.11" is python3.
    private static string Interpreter(string program)
    {
        var name = Path.GetFileName(program);
        return name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? name[..dot] : name;
    }
}
