using Microsoft.Extensions.Logging;

namespace Aeterna.Control;

/// <summary>The log lines of this room (4100 to 4199).</summary>
internal static partial class ControlLog
{
    [LoggerMessage(EventId = 4100, Level = LogLevel.Error, Message = "cannot answer {method} {path}")]
    public static partial void RequestFailed(ILogger log, string method, string path, Exception exception);

    [LoggerMessage(EventId = 4101, Level = LogLevel.Warning, Message = "refused {method} {path} from {caller}: {why}")]
    public static partial void Refused(ILogger log, string method, string path, string caller, string why);

    [LoggerMessage(EventId = 4102, Level = LogLevel.Information, Message = "the control API listens on {address}")]
    public static partial void Listening(ILogger log, string address);

    [LoggerMessage(EventId = 4103, Level = LogLevel.Warning, Message = "{notice}")]
    public static partial void Notice(ILogger log, string notice);

    [LoggerMessage(EventId = 4104, Level = LogLevel.Warning, Message = "refused a connection of {who}: it has {count}, and all but root and the engine's user have {others}; more are refused in silence until these have ended")]
    public static partial void Crowded(ILogger log, string who, int count, int others);

    [LoggerMessage(EventId = 4110, Level = LogLevel.Information, Message = "{signal} came: {what}")]
    public static partial void Signal(ILogger log, string signal, string what);

    [LoggerMessage(EventId = 4111, Level = LogLevel.Warning, Message = "{signal} changed nothing: {detail}")]
    public static partial void SignalRefused(ILogger log, string signal, string detail);

    [LoggerMessage(EventId = 4112, Level = LogLevel.Error, Message = "{signal} failed")]
    public static partial void SignalFailed(ILogger log, string signal, Exception exception);

    [LoggerMessage(EventId = 4120, Level = LogLevel.Warning, Message = "cannot tell the service manager at {address}: {why}")]
    public static partial void ManagerUnreachable(ILogger log, string address, string why);
}
