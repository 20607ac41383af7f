using Aeterna.Linux;
using Aeterna.Machine;

namespace Aeterna.Generations;

/// <summary>Runs the short commands of pre-flight, hooks and command probes.</summary>
internal interface ICommandRunner
{
    /// <summary>Runs a command to its end, or kills it and its descendants at the timeout or when cancelled.</summary>
    /// <param name="command">Program (absolute or on PATH) and arguments.</param>
    /// <param name="environment"><c>NAME=value</c> added to the engine's own.</param>
    /// <param name="workingDirectory">Null: the engine's.</param>
    /// <param name="timeout">Time that it may take.</param>
    /// <param name="cancel">Kills it.</param>
    /// <returns>How it ended; a command that cannot be started gives <see cref="CommandResult.StartError"/>.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled; the command is dead by then.</exception>
    Task<CommandResult> Run(
        IReadOnlyList<string> command,
        IReadOnlyList<string> environment,
        string? workingDirectory,
        TimeSpan timeout,
        CancellationToken cancel);
}

/// <summary>Runs commands whose standard input or output is somebody's.</summary>
internal interface IPipedCommandRunner
{
    /// <summary>As <see cref="ICommandRunner.Run"/>, with ends of pipes.</summary>
    /// <param name="command">Program (absolute or on PATH) and arguments.</param>
    /// <param name="environment"><c>NAME=value</c> added to the engine's own.</param>
    /// <param name="workingDirectory">Null: the engine's.</param>
    /// <param name="pipes">What it gets; stays the caller's.</param>
    /// <param name="cancel">Kills it.</param>
    Task<CommandResult> Run(
        IReadOnlyList<string> command,
        IReadOnlyList<string> environment,
        string? workingDirectory,
        CommandPipes pipes,
        CancellationToken cancel);
}

/// <summary>What a command reads from and writes to.</summary>
/// <param name="Input">Null: nothing.</param>
/// <param name="Output">Null: it is kept as the tail.</param>
/// <param name="Started">Called when the command has descriptors of its own, or will never have any.</param>
internal sealed record CommandPipes(FileDescriptor? Input, FileDescriptor? Output, Action Started);

/// <summary>How a short command ended.</summary>
/// <param name="Exit">How it ended; null when it was not started or ran out of time.</param>
/// <param name="TimedOut">It was killed at its timeout.</param>
/// <param name="StartError">Why it could not be started.</param>
/// <param name="OutputTail">The last lines of stdout and stderr together, at most 4 KiB.</param>
internal sealed record CommandResult(ProcessExit? Exit, bool TimedOut, string? StartError, string OutputTail)
{
    /// <summary>It ended with exit code 0.</summary>
    public bool Succeeded => Exit is { Clean: true };
}
