using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.PowerShell.Engines;

namespace Aeterna.PowerShell.Completion;

/// <summary>Completes the names of services that have a control socket on this machine.</summary>
public sealed class ServiceNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var start = (wordToComplete ?? "").Trim('\'', '"');
        var root = Targets.Root;
        return RunningServices.Candidates(root)
            .Where(name => name.StartsWith(start, StringComparison.OrdinalIgnoreCase))
            .Select(name => new CompletionResult(Argument.Of(name), name, CompletionResultType.ParameterValue, RunFolder.Socket(root, name)));
    }
}
