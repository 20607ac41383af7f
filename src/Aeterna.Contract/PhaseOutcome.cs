namespace Aeterna.Contract;

/// <summary>How a phase of an attempt ended.</summary>
public static class PhaseOutcome
{
    /// <summary>It did what it is for.</summary>
    public const string Ok = "ok";

    /// <summary>It did not.</summary>
    public const string Failed = "failed";

    /// <summary>It was not called for, or cut short.</summary>
    public const string Skipped = "skipped";
}
