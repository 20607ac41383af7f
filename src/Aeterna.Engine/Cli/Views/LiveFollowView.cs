using Aeterna.Client;
using Aeterna.Contract;
using Spectre.Console;
using Spectre.Console.Rendering;
using static Aeterna.Client.Human;

namespace Aeterna.Cli.Views;

/// <summary>The live picture in a terminal: state, phases, soak countdown, probes, generations, last events.</summary>
/// <param name="time">The clock for ages.</param>
/// <param name="changed">Called with the new picture.</param>
internal sealed class LiveFollowView(TimeProvider time, Action<IRenderable> changed) : IFollowView
{
    private const int LastEvents = 8;
    private const int BarWidth = 40;
    private readonly Queue<EventReport> _events = new();
    private StatusReport? _status;
    private ReloadRecord? _record;
    private string? _trouble;

    /// <inheritdoc/>
    public void Show(EventReport report)
    {
        if (_events.Count == LastEvents)
        {
            _events.Dequeue();
        }

        _events.Enqueue(report);
        changed(Picture());
    }

    /// <inheritdoc/>
    public void Show(StatusReport status, ReloadRecord? record)
    {
        (_status, _record, _trouble) = (status, record, null);
        changed(Picture());
    }

    /// <inheritdoc/>
    public void Trouble(string message)
    {
        _trouble = message;
        changed(Picture());
    }

    /// <summary>The picture as of now.</summary>
    public IRenderable Picture()
    {
        List<IRenderable> rows = [];
        if (_status is { } status)
        {
            rows.Add(StatusView.Headline(status));
            rows.AddRange(status.Warnings.Select(warning => Screen.Plain($"WARNING: {warning}", new Style(Color.Yellow, decoration: Decoration.Bold))));
        }

        if (_trouble is not null)
        {
            rows.Add(Screen.Plain(_trouble, Screen.StyleOf(FsmState.Failed)));
        }

        if (_record is { } record)
        {
            rows.Add(Text.Empty);
            rows.Add(Screen.Plain($"{record.Kind} {record.Id}", new Style(decoration: Decoration.Dim)));
            rows.Add(Phases(record));
        }

        if (_status is { } starting)
        {
            rows.AddRange(StatusView.Waits(starting));
        }

        if (_status?.Soak is { } soak)
        {
            rows.Add(Text.Empty);
            rows.Add(Countdown(soak));
            rows.Add(Probes(soak));
        }

        if (_status is { Generations.Count: > 0 })
        {
            rows.Add(Text.Empty);
            rows.Add(StatusView.Generations(_status.Generations, time.GetUtcNow()));
        }

        rows.Add(Text.Empty);
        rows.AddRange(_events.Select(e => Screen.Plain(Human.Invariant($"{e.Time.UtcDateTime:HH:mm:ss.fff}  {e.Message}"), new Style(decoration: Decoration.Dim))));
        return new Rows(rows);
    }

    private static Sheet Phases(ReloadRecord record)
    {
        var table = new Sheet(new(""), new(""), new("", AtLeast: 20));
        foreach (var phase in record.Phases)
        {
            table.Add(
                phase.Name, new(phase.Outcome ?? "…", Screen.StyleOf(phase.Outcome)),
                phase.DurationMs is { } ms ? $"{Span(TimeSpan.FromMilliseconds(ms))}  {phase.Detail}".TrimEnd() : phase.Detail);
        }

        return table;
    }

    private static Text Countdown(SoakReport soak)
    {
        var whole = (soak.EndsAt - soak.StartedAt).TotalSeconds;
        var done = whole <= 0 ? 1 : Math.Clamp(1 - (soak.RemainingSeconds / whole), 0, 1);
        var filled = (int)(done * BarWidth);
        return Screen.Plain(
            $"soak {new string('━', filled)}{new string('─', BarWidth - filled)} {Span(TimeSpan.FromSeconds(Math.Ceiling(soak.RemainingSeconds)))} left",
            new Style(Color.Yellow));
    }

    private static Sheet Probes(SoakReport soak)
    {
        var table = new Sheet(new("PROBE", AtLeast: 30), new(""), new("", AtLeast: 20));
        foreach (var probe in soak.Probes)
        {
            var word = probe.Healthy switch { true => "ok", false => "failed", null => "waiting" };
            var failures = probe.ConsecutiveFailures > 0 ? Human.Invariant($" ({probe.ConsecutiveFailures} of {probe.FailureThreshold} failures)") : "";
            table.Add(probe.Name, new(word, Screen.StyleOf(word)), $"{probe.Detail}{failures}");
        }

        return table;
    }
}
