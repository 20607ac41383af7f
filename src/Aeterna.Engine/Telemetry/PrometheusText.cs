using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Aeterna.Telemetry;

/// <summary>Listens to one meter and writes it in the Prometheus text format 0.0.4.</summary>
internal sealed class PrometheusText : IDisposable
{
    /// <summary>The content type of the format.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    public PrometheusText(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
            {
                var family = new MetricFamily(instrument);
                lock (_gate)
                {
                    _families.Add(instrument.Name, family);
                }

                listener.EnableMeasurementEvents(instrument, family);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => Record(value, tags, family));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => Record(value, tags, family));
        _listener.Start();
    }

    /// <summary>The text as of now.</summary>
    public string Write()
    {
        lock (_gate)
        {
            foreach (var family in _families.Values.Where(family => family.IsObservable))
            {
                family.Clear();
            }

            _listener.RecordObservableInstruments();
            var text = new StringBuilder(8192);
            foreach (var family in _families.Values)
            {
                Write(text, family);
            }

            return text.ToString();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? family)
    {
        lock (_gate)
        {
            ((MetricFamily)family!).Record(value, tags);
        }
    }

    private static void Write(StringBuilder text, MetricFamily family)
    {
        var help = family.Help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        text.Append(CultureInfo.InvariantCulture, $"# HELP {family.Name} {help}\n# TYPE {family.Name} {family.Kind}\n");
        foreach (var (labels, series) in family.AllSeries)
        {
            if (family.Kind == "histogram")
            {
                WriteHistogram(text, family.Name, labels, series);
            }
            else
            {
                Sample(text, family.Name, labels, series.Value);
            }
        }
    }

    private static void WriteHistogram(StringBuilder text, string name, string labels, MetricFamily.Series series)
    {
        var before = labels.Length == 0 ? "" : labels + ",";
        long soFar = 0;
        for (var i = 0; i < series.Counts.Length; i++)
        {
            soFar += series.Counts[i];
            var bound = i < series.Boundaries.Count ? Number(series.Boundaries[i]) : "+Inf";
            Sample(text, name + "_bucket", $"{before}le=\"{bound}\"", soFar);
        }

        Sample(text, name + "_sum", labels, series.Sum);
        Sample(text, name + "_count", labels, soFar);
    }

    private static void Sample(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
