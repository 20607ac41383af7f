using System.Collections.Specialized;
using Aeterna.PowerShell.Engines;

namespace Aeterna.PowerShell;

/// <summary>One number of an engine.</summary>
public sealed class AeternaMetric
{
    internal AeternaMetric(MetricSample sample, string name)
    {
        Name = name;
        Metric = sample.Metric;
        Type = sample.Type;
        Value = sample.Value;
        Help = sample.Help;
        foreach (var (label, value) in sample.Labels)
        {
            Labels[label] = value;
        }
    }

    /// <summary>Name of the service.</summary>
    public string Name { get; }

    /// <summary>The metric's name.</summary>
    public string Metric { get; }

    /// <summary>counter, gauge or histogram.</summary>
    public string Type { get; }

    /// <summary>Its labels.</summary>
    public OrderedDictionary Labels { get; } = new TextDictionary();

    /// <summary>The number.</summary>
    public double Value { get; }

    /// <summary>What it counts.</summary>
    public string Help { get; }
}
