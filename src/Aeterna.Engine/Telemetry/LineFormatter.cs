using System.Globalization;
using Aeterna.Contract;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Aeterna.Telemetry;

/// <summary>
/// One line per message: <c>2026-11-22T09:45:12.123Z info  message</c>, or <c>&lt;6&gt;message</c> where the journal reads it,
/// which adds the time itself (sd-daemon(3)).
/// </summary>
internal sealed class LineFormatter(bool forJournald, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "aeterna";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        var (word, priority) = Words(logEntry.LogLevel);
        textWriter.Write(forJournald
            ? $"<{priority}>"
            : string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {word,-5} "));
        textWriter.Write(OneLine.Clean(message));
        if (logEntry.Exception is { } exception)
        {
            textWriter.Write(OneLine.Clean($": {exception.GetType().Name}: {exception.Message}{Where(exception)}"));
        }

        textWriter.Write('\n');
    }

    private static string Where(Exception exception) =>
        exception.StackTrace?.Split('\n', 2)[0].Trim() is { Length: > 0 } frame ? $" ({frame})" : "";

    private static (string Word, int Priority) Words(LogLevel level) => level switch
    {
        LogLevel.Trace => ("trace", 7),
        LogLevel.Debug => ("debug", 7),
        LogLevel.Information => ("info", 6),
        LogLevel.Warning => ("warn", 4),
        LogLevel.Error => ("error", 3),
        _ => ("fatal", 2),
    };
}
