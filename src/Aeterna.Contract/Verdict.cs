namespace Aeterna.Contract;

/// <summary>How a reload ended.</summary>
public static class Verdict
{
    /// <summary>The new generation serves.</summary>
    public const string Succeeded = "succeeded";

    /// <summary>Pre-flight or the configuration stopped it before anything was started.</summary>
    public const string Blocked = "blocked";

    /// <summary>A new generation was started, found bad, and removed; the old one serves on, or its command again.</summary>
    public const string RolledBack = "rolled_back";

    /// <summary>It ended with no generation serving; or with one that nobody asked for and that lacks something which was served.</summary>
    public const string Failed = "failed";
}
