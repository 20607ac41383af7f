namespace Aeterna.Contract;

/// <summary>Where each thing is in the control API.</summary>
public static class Routes
{
    /// <summary>Version of the contract in this folder.</summary>
    public const int ContractVersion = 1;

    /// <summary>Prometheus text.</summary>
    public const string Metrics = "/metrics";

    /// <summary>200 while a generation serves, else 503.</summary>
    public const string Health = "/health";

    /// <summary>GET <see cref="StatusReport"/>.</summary>
    public const string Status = "/v1/status";

    /// <summary>POST <see cref="ReloadRequest"/>.</summary>
    public const string Reload = "/v1/reload";

    /// <summary>GET the history, newest first; <c>/{id}</c> one record.</summary>
    public const string Reloads = "/v1/reloads";

    /// <summary>POST: back to the generation before.</summary>
    public const string Rollback = "/v1/rollback";

    /// <summary>POST: the soak under way has been long enough.</summary>
    public const string Promote = "/v1/promote";

    /// <summary>POST <see cref="SignalRequest"/>: a signal to the service's processes.</summary>
    public const string Signal = "/v1/signal";

    /// <summary>POST <see cref="UpgradeRequest"/>: another engine goes on with the service.</summary>
    public const string Upgrade = "/v1/upgrade";

    /// <summary>POST <see cref="StopRequest"/>.</summary>
    public const string Stop = "/v1/stop";

    /// <summary>GET: server-sent <see cref="EventReport"/>s; <c>Last-Event-ID</c> is understood.</summary>
    public const string Events = "/v1/events";
}
