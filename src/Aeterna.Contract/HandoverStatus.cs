namespace Aeterna.Contract;

/// <summary>What became of a handoff of state (<c>last_handover.status</c>).</summary>
public static class HandoverStatus
{
    /// <summary>The new process has the state.</summary>
    public const string Success = "success";

    /// <summary>Nobody had state to give.</summary>
    public const string None = "none";

    /// <summary>The new process started without it.</summary>
    public const string Failed = "failed";
}
