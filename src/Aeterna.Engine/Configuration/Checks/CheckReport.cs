namespace Aeterna.Configuration.Checks;

/// <summary>Where the checks report to.</summary>
internal sealed class CheckReport(FindingList findings, SourceMap places)
{
    public FindingList Findings { get; } = findings;

    public void Error(string path, string code, string message, string? hint = null) =>
        Findings.Error(places.Of(path), code, $"{path}: {message}", hint);

    public void Warning(string path, string code, string message, string? hint = null) =>
        Findings.Warning(places.Of(path), code, $"{path}: {message}", hint);
}
