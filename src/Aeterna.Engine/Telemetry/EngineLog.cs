using System.Text.RegularExpressions;
using Aeterna.Machine.Plans;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Aeterna.Telemetry;

/// <summary>The engine's log on stderr.</summary>
internal static partial class EngineLog
{
    /// <summary>A logger factory that writes from a queue of its own (<see cref="LogQueue"/>).</summary>
    /// <param name="plan">Level and format.</param>
    /// <param name="environment">Looks up an environment variable.</param>
    /// <param name="time">Gives the time of a line.</param>
    /// <param name="write">Writes to stderr.</param>
    public static ILoggerFactory Create(ObservabilityPlan plan, Func<string, string?> environment, TimeProvider time, Action<ReadOnlySpan<byte>> write)
    {
        var stderr = File.ResolveLinkTarget("/proc/self/fd/2", returnFinalTarget: false)?.Name;
        var format = plan.Log.Format == "json" ? LogFormat.Json : IsJournal(environment("JOURNAL_STREAM"), stderr) ? LogFormat.Journal : LogFormat.Text;
        return LoggerFactory.Create(logging =>
        {
            logging.SetMinimumLevel(Level(plan.LogLevel));
            logging.AddFilter("Microsoft", LogLevel.Warning);
            logging.Services.AddSingleton<ILoggerProvider>(new LogQueue(new LineFormatter(format, time), write));
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
