namespace Aeterna.Contract;

/// <summary>How much a finding weighs.</summary>
public static class FindingSeverity
{
    /// <summary>The file cannot be used.</summary>
    public const string Error = "error";

    /// <summary>It can, and something of it is probably not meant so.</summary>
    public const string Warning = "warning";
}
