using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.Cli;

/// <summary>A verb cannot go on, other than for what an <see cref="EngineException"/> says; the message is the whole sentence for the user.</summary>
internal sealed class CliException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>One of <see cref="Contract.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>With a bad configuration: what is wrong where.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>The exit code of what goes wrong with an engine.</summary>
    public static int ExitCodeOf(EngineError error) => error switch
    {
        EngineError.NotRunning => Contract.ExitCode.NotRunning,
        EngineError.ReloadBusy => Contract.ExitCode.Busy,
        EngineError.ConfigInvalid => Contract.ExitCode.Usage,
        _ => Contract.ExitCode.Failed,
    };
}
