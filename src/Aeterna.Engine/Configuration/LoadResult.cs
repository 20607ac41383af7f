using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration;

/// <summary>What came of reading a configuration file.</summary>
/// <param name="File">The file as it was named.</param>
/// <param name="Plan">The plan; null when any finding is an error.</param>
/// <param name="Findings">All that is wrong or to be known, in the order of the file.</param>
/// <param name="Places">Where each key stands.</param>
/// <param name="Environment">Looks up an environment variable of the engine.</param>
internal sealed record LoadResult(
    string File, Plan? Plan, IReadOnlyList<Finding> Findings, SourceMap Places, Func<string, string?> Environment);
