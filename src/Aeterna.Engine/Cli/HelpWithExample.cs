using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Aeterna.Cli;

/// <summary>The library's help text, and an example below it.</summary>
internal sealed class HelpWithExample(HelpAction help, IReadOnlyDictionary<Command, string> examples, TextWriter output) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var code = help.Invoke(parseResult);
        if (examples.TryGetValue(parseResult.CommandResult.Command, out var example))
        {
            output.WriteLine("Example:");
            output.WriteLine($"  {example}");
        }

        return code;
    }
}
