using Aeterna.Contract;

namespace Aeterna.Cli;

/// <summary>A verb cannot go on; the message is the whole sentence for the user.</summary>
internal sealed class CliException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>One of <see cref="Contract.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>With a bad configuration: what is wrong where.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];
}
