namespace Aeterna.Telemetry;

/// <summary>What an operator should know for as long as the engine runs; the status lists it under <c>warnings</c>.</summary>
internal sealed class EngineNotices
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _notices = new(StringComparer.Ordinal);

    /// <summary>Says something about a subject, in place of what was said about it before.</summary>
    public void Set(string subject, string notice)
    {
        lock (_gate)
        {
            _notices[subject] = notice;
        }
    }

    /// <summary>Takes back what was said about a subject.</summary>
    public void Clear(string subject)
    {
        lock (_gate)
        {
            _notices.Remove(subject);
        }
    }

    /// <summary>All notices in the order of their subjects.</summary>
    public IReadOnlyList<string> All()
    {
        lock (_gate)
        {
            return [.. _notices.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value)];
        }
    }
}
