using Microsoft.Extensions.Logging;

namespace Aeterna.StateHandoff;

/// <summary>What the handoff of state logs.</summary>
internal static partial class StateHandoffLog
{
    [LoggerMessage(EventId = 5000, Level = LogLevel.Information, Message = "taking state on {path}")]
    public static partial void Listening(this ILogger logger, string path);

    [LoggerMessage(EventId = 5001, Level = LogLevel.Warning, Message = "{why}; programs start without state")]
    public static partial void NotListening(this ILogger logger, string why);

    [LoggerMessage(EventId = 5002, Level = LogLevel.Warning, Message = "refused pid {pid} on the state socket: {why}")]
    public static partial void Refused(this ILogger logger, int pid, string why);

    [LoggerMessage(EventId = 5003, Level = LogLevel.Information, Message = "pid {pid} of generation {generation} gives its state when it is asked")]
    public static partial void Provider(this ILogger logger, int pid, int generation);

    [LoggerMessage(EventId = 5005, Level = LogLevel.Information, Message = "pid {pid} of generation {generation} said nothing on the state socket: it is taken for one that only reads, and told that there is no state for it")]
    public static partial void TakenForReader(this ILogger logger, int pid, int generation);

    [LoggerMessage(EventId = 5004, Level = LogLevel.Warning, Message = "the connection of pid {pid} on the state socket failed: {why}")]
    public static partial void Broken(this ILogger logger, int pid, string why);
}
