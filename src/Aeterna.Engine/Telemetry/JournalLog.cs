using Aeterna.Contract;
using Microsoft.Extensions.Logging;

namespace Aeterna.Telemetry;

/// <summary>The log lines of this room (4000 to 4099).</summary>
internal static partial class JournalLog
{
    [LoggerMessage(EventId = 4000, Message = "{message}")]
    public static partial void Event(ILogger log, LogLevel level, string message);

    [LoggerMessage(EventId = 4010, Level = LogLevel.Warning, Message = "{message}")]
    public static partial void HistoryTrouble(ILogger log, string message);

    [LoggerMessage(EventId = 4011, Level = LogLevel.Information, Message = "the history in {directory} can be written again")]
    public static partial void HistoryWell(ILogger log, string directory);

    /// <summary>How loud an event is: what needs an operator is a warning, a good probe is not worth a line.</summary>
    public static LogLevel LevelOf(EventReport report) => report switch
    {
        { Type: EventType.Probe, Probe.Healthy: false } => LogLevel.Warning,
        { Type: EventType.Probe } => LogLevel.Debug,
        { Type: EventType.Finished, Record.Verdict: Verdict.Failed } => LogLevel.Error,
        { Type: EventType.Finished, Record.Verdict: Verdict.RolledBack or Verdict.Blocked } => LogLevel.Warning,
        { Type: EventType.State, FsmState: FsmState.Failed } => LogLevel.Error,
        _ => LogLevel.Information,
    };
}
