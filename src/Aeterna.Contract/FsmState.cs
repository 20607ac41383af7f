namespace Aeterna.Contract;

/// <summary>The states of a service as the control API names them (<c>fsm_state</c>).</summary>
public static class FsmState
{
    /// <summary>The engine is up, nothing was started yet, or a restart waits for its backoff.</summary>
    public const string Pending = "PENDING";

    /// <summary>The configuration is being read and the pre-flight commands run.</summary>
    public const string PreChecking = "PRE_CHECKING";

    /// <summary>A new generation was started and is not ready yet.</summary>
    public const string Starting = "STARTING";

    /// <summary>State is being carried from the active generation to the candidate.</summary>
    public const string Handshaking = "HANDSHAKING";

    /// <summary>The candidate is being watched on its probes and limits.</summary>
    public const string Soaking = "SOAKING";

    /// <summary>One generation serves and nothing is going on.</summary>
    public const string Running = "RUNNING";

    /// <summary>The retiring generation finishes what it has; or the whole service does, at a stop.</summary>
    public const string Draining = "DRAINING";

    /// <summary>The service was stopped on request.</summary>
    public const string Stopped = "STOPPED";

    /// <summary>No generation serves and none will be started without a request.</summary>
    public const string Failed = "FAILED";
}
