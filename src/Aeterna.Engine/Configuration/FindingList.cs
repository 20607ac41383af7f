using Aeterna.Contract;

namespace Aeterna.Configuration;

/// <summary>Collects the findings of one file.</summary>
/// <param name="file">The file as it was named.</param>
internal sealed class FindingList(string file)
{
    /// <summary>Nobody reads more, and a hostile file could cause one for every few bytes.</summary>
    public const int Most = 200;

    private readonly HashSet<Finding> _findings = [];

    /// <summary>Whether the file must not be used.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>The findings in the order of the file, at most <see cref="Most"/>.</summary>
    public IReadOnlyList<Finding> InOrder() => [.. _findings.OrderBy(f => f.Line).ThenBy(f => f.Column)];

    public void Error(Place place, string code, string message, string? hint = null)
    {
        HasErrors = true;
        Add(FindingSeverity.Error, place, code, message, hint);
    }

    public void Warning(Place place, string code, string message, string? hint = null) =>
        Add(FindingSeverity.Warning, place, code, message, hint);

    private void Add(string severity, Place place, string code, string message, string? hint)
    {
        if (_findings.Count < Most)
        {
            _findings.Add(new Finding
            {
                Severity = severity,
                File = file,
                Line = place.Line,
                Column = place.Column,
                Code = code,
                Message = message,
                Hint = hint,
            });
        }
    }
}
