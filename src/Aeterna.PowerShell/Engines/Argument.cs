using System.Management.Automation.Language;
using System.Text.RegularExpressions;

namespace Aeterna.PowerShell.Engines;

/// <summary>Values as arguments of a command line: what Tab puts there, and what a message says to type.</summary>
internal static partial class Argument
{
    /// <summary>The value, in quotes where the shell would read something else than a word.</summary>
    public static string Of(string value) => Word().IsMatch(value) ? value : $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'";

    [GeneratedRegex(@"\A[A-Za-z0-9_./][A-Za-z0-9_./:-]*\z")]
    private static partial Regex Word();
}
