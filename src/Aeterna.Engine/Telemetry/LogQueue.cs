using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Aeterna.Telemetry;

/// <summary>
/// Writes the lines of all loggers from a thread of its own, so that a stderr that nobody reads never holds the engine up. What waits has a
/// bound; lines beyond it are dropped, and the log says how many.
/// </summary>
internal sealed class LogQueue : ILoggerProvider
{
    /// <summary>Characters that may wait.</summary>
    public const int MostWaiting = 4 << 20;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly LineFormatter _format;
    private readonly Action<ReadOnlySpan<byte>> _write;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private StringBuilder _waiting = new();
    private long _dropped;
    private bool _closed;

    /// <param name="format">Makes the lines.</param>
    /// <param name="write">Writes whole lines, on the queue's thread; what it throws as <see cref="IOException"/> costs these lines.</param>
    public LogQueue(LineFormatter format, Action<ReadOnlySpan<byte>> write)
    {
        (_format, _write) = (format, write);
        _thread = new Thread(Run) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Lines(this);

    /// <summary>Writes what waits, unless nobody takes it, and ends.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
        }

        _wake.Set();
        _thread.Join(_patience);
    }

    private void Add(string line)
    {
        lock (_gate)
        {
            if (_closed || _waiting.Length + line.Length > MostWaiting)
            {
                _dropped++;
                return;
            }

            _waiting.Append(line);
        }

        _wake.Set();
    }

    private void Run()
    {
        var free = new StringBuilder();
        for (var closed = false; !closed;)
        {
            _wake.WaitOne();
            long dropped;
            StringBuilder lines;
            lock (_gate)
            {
                (lines, _waiting, closed) = (_waiting, free, _closed);
                (dropped, _dropped) = (_dropped, 0);
            }

            if (dropped > 0)
            {
                lines.Append(_format.Format(LogLevel.Warning, 0, string.Create(CultureInfo.InvariantCulture, $"{dropped} lines were dropped: the log was not written fast enough"), null));
            }

            Write(lines);
            free = lines.Capacity > MostWaiting / 8 ? new StringBuilder() : lines.Clear();
        }
    }

    private void Write(StringBuilder lines)
    {
        try
        {
            _write(Encoding.UTF8.GetBytes(lines.ToString()));
        }
        catch (IOException)
        {
            // A full disk, or a pipe that nobody has open any more: the engine goes on without its log.
        }
    }

    private sealed class Lines(LogQueue queue) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            queue.Add(queue._format.Format(logLevel, eventId.Id, formatter(state, exception), exception));
    }
}
