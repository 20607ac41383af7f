using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Aeterna.Telemetry;

/// <summary>The engine's log on stderr.</summary>
internal static partial class EngineLog
{
    /// <summary>
    /// A logger factory that writes from a queue of its own, so that a stderr that nobody reads never holds the engine up;
    /// what no longer fits is dropped and counted in the log.
    /// </summary>
    /// <param name="level"><c>observability.log_level</c>.</param>
    /// <param name="environment">Looks up an environment variable.</param>
    /// <param name="time">Gives the time of a line.</param>
    public static ILoggerFactory Create(string level, Func<string, string?> environment, TimeProvider time)
    {
        var stderr = File.ResolveLinkTarget("/proc/self/fd/2", returnFinalTarget: false)?.Name;
        var journald = IsJournal(environment("JOURNAL_STREAM"), stderr);
        return LoggerFactory.Create(logging =>
        {
            logging.SetMinimumLevel(Level(level));
            logging.AddFilter("Microsoft", LogLevel.Warning);
            logging.AddConsole(console =>
            {
                console.FormatterName = LineFormatter.FormatterName;
                console.LogToStandardErrorThreshold = LogLevel.Trace;
                console.MaxQueueLength = 10_000;
                console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            });
            logging.Services.AddSingleton<ConsoleFormatter>(new LineFormatter(journald, time));
        });
    }

    /// <summary>The level that a word of <c>observability.log_level</c> stands for.</summary>
    public static LogLevel Level(string word) => word switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "warning" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => LogLevel.Information,
    };

    /// <summary>
    /// Whether stderr goes to the journal. <c>JOURNAL_STREAM</c> (systemd.exec(5)) is inherited by everything that a unit starts; only
    /// the inode number in it tells whether stderr is still that stream.
    /// </summary>
    /// <param name="journalStream">The variable: <c>device:inode</c>.</param>
    /// <param name="stderr">What /proc/self/fd/2 points to.</param>
    internal static bool IsJournal(string? journalStream, string? stderr)
    {
        var inode = SocketLink().Match(stderr ?? "").Groups[1].Value;
        return inode.Length > 0 && journalStream is not null && journalStream.EndsWith(":" + inode, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^socket:\[(\d+)\]$")]
    private static partial Regex SocketLink();
}
