using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary><c>observability.log</c>.</summary>
internal static class LogSection
{
    private static readonly LogPlan _default = new();

    private static readonly Key<string> _format = new(
        "format", Kinds.Choice(("text", "text"), ("json", "json")), "how a line looks: time, level and message, or a JSON object with these and more")
    {
        HasDefault = true,
        Otherwise = _default.Format,
        Example = "json",
    };

    private static readonly Key<long> _maxSize = new(
        "max_size", AddressKinds.Size(1L << 40, 64 << 10), "size that `engine.log` (of an engine in the background) may reach before another is begun")
    {
        HasDefault = true,
        Otherwise = _default.MaxSize,
        Example = "64MiB",
    };

    private static readonly Key<int> _keep = new("keep", Kinds.Count(0, 1000), "number of full ones that are kept: `engine.log.1` is the latest")
    {
        HasDefault = true,
        Otherwise = _default.Keep,
        Example = "5",
    };

    public static SectionKind<LogPlan> Kind { get; } = new([_format, _maxSize, _keep], section => new()
    {
        Format = section.Get(_format),
        MaxSize = section.Get(_maxSize),
        Keep = section.Get(_keep),
    });
}
