using Aeterna.Contract;

namespace Aeterna.Orchestration;

/// <summary>Why something that was asked for is not done.</summary>
/// <param name="Code">One of <see cref="ProblemCode"/>.</param>
/// <param name="Detail">"cannot X: why (what to do)".</param>
internal sealed record Refusal(string Code, string Detail)
{
    /// <summary>With <see cref="ProblemCode.ReloadBusy"/>: the reload that is under way.</summary>
    public string? ReloadId { get; init; }

    /// <summary>With <see cref="ProblemCode.ConfigInvalid"/>: what is wrong where.</summary>
    public IReadOnlyList<Finding>? Findings { get; init; }
}
