using Prometheus;

namespace Aeterna.Telemetry;

/// <summary>One value of a family, with what its labels say, in the order of the family's label names.</summary>
internal readonly record struct Series(double Value, params string[] Labels)
{
    /// <summary>Makes these all that the family shows.</summary>
    public static void Show(Gauge family, IReadOnlyCollection<Series> all)
    {
        Forget(family, all);
        foreach (var (value, labels) in all)
        {
            family.WithLabels(labels).Set(value);
        }
    }

    /// <inheritdoc cref="Show(Gauge, IReadOnlyCollection{Series})"/>
    /// <remarks>A counter never goes down: where a figure has begun anew, with a generation or a socket, so does its series.</remarks>
    public static void Show(Counter family, IReadOnlyCollection<Series> all)
    {
        Forget(family, all);
        foreach (var (value, labels) in all)
        {
            if (value < family.WithLabels(labels).Value)
            {
                family.RemoveLabelled(labels);
            }

            family.WithLabels(labels).IncTo(value);
        }
    }

    private static void Forget<T>(Collector<T> family, IReadOnlyCollection<Series> all)
        where T : ChildBase
    {
        foreach (var labels in family.GetAllLabelValues().Where(labels => !all.Any(series => series.Labels.SequenceEqual(labels))))
        {
            family.RemoveLabelled(labels);
        }

        if (all.Count == 0 && family.LabelNames.Length == 0)
        {
            family.RemoveLabelled();
        }
    }
}
