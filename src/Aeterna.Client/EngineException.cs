using Aeterna.Contract;

namespace Aeterna.Client;

/// <summary>A failure with a sentence for the user: "cannot X: why (what to do)".</summary>
internal sealed class EngineException(EngineError error, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Which one.</summary>
    public EngineError Error { get; } = error;

    /// <summary>With a bad configuration: what is wrong where.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>With <see cref="EngineError.ReloadBusy"/>: the reload under way.</summary>
    public string? ReloadId { get; init; }
}
