using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.PowerShell.Engines;

namespace Aeterna.PowerShell.Completion;

/// <summary>Completes the ids of the last reloads of the service that -Name names, or of all.</summary>
public sealed class ReloadIdCompleter : IArgumentCompleter
{
    private const int Last = 20;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        ArgumentNullException.ThrowIfNull(fakeBoundParameters);
        var start = (wordToComplete ?? "").Trim('\'', '"');
        var names = fakeBoundParameters.Contains("Name") ? [LanguagePrimitives.ConvertTo<string>(fakeBoundParameters["Name"])] : RunningServices.Candidates(Targets.Root);
        return names.SelectMany(Records)
            .Where(record => record.Id.StartsWith(start, StringComparison.OrdinalIgnoreCase))
            .Select(record => new CompletionResult(Argument.Of(record.Id), record.Id, CompletionResultType.ParameterValue, $"{record.Service}: {record.Kind} {record.Verdict ?? "under way"}"));
    }

    private static IReadOnlyList<ReloadRecord> Records(string name)
    {
        try
        {
            using var client = new ControlClient(Targets.OfService(name), _patience);
            return client.Records(Last, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (EngineException)
        {
            // Completion offers what there is and says nothing else.
            return [];
        }
    }
}
