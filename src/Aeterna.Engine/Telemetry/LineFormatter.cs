using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Aeterna.Contract;
using Microsoft.Extensions.Logging;

namespace Aeterna.Telemetry;

/// <summary>What a line of the log looks like.</summary>
internal enum LogFormat
{
    /// <summary><c>2026-11-22T09:45:12.123Z info  message</c>.</summary>
    Text,

    /// <summary><c>&lt;6&gt;message</c>: the journal adds the time itself (sd-daemon(3)).</summary>
    Journal,

    /// <summary><c>{"time":"…","level":"info","event":1000,"message":"…"}</c>.</summary>
    Json,
}

/// <summary>Makes a line of a message, whatever is in it: one line, without control characters, of at most <see cref="LongestText"/> characters and what is around them.</summary>
internal sealed class LineFormatter(LogFormat format, TimeProvider time)
{
    /// <summary>Characters of a message; the rest is cut off.</summary>
    public const int LongestText = 16 << 10;

    private static readonly JsonWriterOptions _plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The line with its end.</summary>
    public string Format(LogLevel level, int eventId, string message, Exception? exception)
    {
        var (word, priority) = Words(level);
        var error = exception is null ? null : $"{exception.GetType().Name}: {exception.Message}{Where(exception)}";
        return format switch
        {
            LogFormat.Json => Json(word, eventId, message, error),
            LogFormat.Journal => $"<{priority}>{Text(message, error)}\n",
            _ => string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {word,-5} {Text(message, error)}\n"),
        };
    }

    private static string Text(string message, string? error) => Clean(error is null ? message : $"{message}: {error}");

    private static string Clean(string text) => OneLine.Cut(OneLine.Clean(OneLine.Cut(text, LongestText)), LongestText);

    private string Json(string word, int eventId, string message, string? error)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, _plain))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow());
            json.WriteString("level", word);
            json.WriteNumber("event", eventId);
            json.WriteString("message", Clean(message));
            if (error is not null)
            {
                json.WriteString("error", Clean(error));
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n";
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
