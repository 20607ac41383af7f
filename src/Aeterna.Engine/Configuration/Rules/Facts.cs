using Aeterna.Configuration.Reading;
using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Rules;

/// <summary>What the rules look at: the plan, and which of its values the file gave.</summary>
internal sealed class Facts(Plan plan, Pass pass)
{
    public Plan Plan { get; } = plan;

    /// <summary>Whether the file gives this key, with a value that can be read.</summary>
    public bool Given(string path) => pass.Sound(path);

    /// <summary>Whether the file has this key, whatever its value.</summary>
    public bool Has(string path) => pass.Places.Has(path);

    /// <summary>Refuses a combination, at the key of <paramref name="path"/>.</summary>
    public void Refuse(string path, string message, string? hint = null) =>
        pass.Findings.Error(pass.Places.Of(path), FindingCode.Conflict, $"{path}: {message}", hint);

    /// <summary>Tells of a key that does nothing.</summary>
    public void Warn(string path, string message, string? hint = null) =>
        pass.Findings.Warning(pass.Places.Of(path), FindingCode.NoEffect, $"{path}: {message}", hint);
}
