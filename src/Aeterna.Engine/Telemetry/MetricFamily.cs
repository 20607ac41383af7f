using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Aeterna.Telemetry;

/// <summary>All series of one instrument. Not safe for several threads.</summary>
internal sealed class MetricFamily
{
    private readonly SortedDictionary<string, Series> _series = new(StringComparer.Ordinal);
    private readonly double[] _boundaries;

    public MetricFamily(Instrument instrument)
    {
        Name = instrument.Name;
        Help = instrument.Description ?? "";
        IsObservable = instrument.IsObservable;
        Kind = KindOf(instrument);
        _boundaries = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries?.ToArray() ?? [];
    }

    public string Name { get; }

    public string Help { get; }

    /// <summary><c>counter</c>, <c>gauge</c> or <c>histogram</c>.</summary>
    public string Kind { get; }

    /// <summary>Its values are read anew each time.</summary>
    public bool IsObservable { get; }

    /// <summary>Series by their labels, which are written as in <c>a="1",b="2"</c>.</summary>
    public IEnumerable<KeyValuePair<string, Series>> AllSeries => _series;

    /// <summary>Forgets all series, for a new reading.</summary>
    public void Clear() => _series.Clear();

    /// <summary>Takes a measurement.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = Labels(tags);
        if (!_series.TryGetValue(labels, out var series))
        {
            _series[labels] = series = new Series(_boundaries);
        }

        if (Kind == "histogram")
        {
            series.Observe(value);
        }
        else
        {
            series.Value = IsObservable ? value : series.Value + value;
        }
    }

    private static string KindOf(Instrument instrument)
    {
        var type = instrument.GetType().GetGenericTypeDefinition();
        return type == typeof(Histogram<>) ? "histogram"
            : type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? "counter"
            : "gauge";
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            labels.Append(labels.Length == 0 ? "" : ",").Append(name).Append("=\"");
            labels.Append(Convert.ToString(value, CultureInfo.InvariantCulture)!
                .Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal));
            labels.Append('"');
        }

        return labels.ToString();
    }

    /// <summary>One series: a value, or the buckets of a histogram.</summary>
    internal sealed class Series(double[] boundaries)
    {
        /// <summary>The value of a counter or gauge.</summary>
        public double Value { get; set; }

        /// <summary>Upper bounds of the buckets, without the infinite one.</summary>
        public IReadOnlyList<double> Boundaries => boundaries;

        /// <summary>Observations per bucket, not added up; the last one has no bound.</summary>
        public long[] Counts { get; } = new long[boundaries.Length + 1];

        /// <summary>Sum of all observations.</summary>
        public double Sum { get; private set; }

        public void Observe(double value)
        {
            var bucket = Array.BinarySearch(boundaries, value);
            Counts[bucket < 0 ? ~bucket : bucket]++;
            Sum += value;
        }
    }
}
