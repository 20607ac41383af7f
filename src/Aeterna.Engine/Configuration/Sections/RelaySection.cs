using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary><c>relay</c>.</summary>
internal static class RelaySection
{
    private static readonly Key<long> _maxMemory = new(
        "max_memory",
        AddressKinds.Size(1L << 40, RelayPlan.LeastMemory),
        "memory that all relayed connections together may hold; when it is full, the client with the most unfinished bytes is disconnected")
    {
        DefaultNote = "an eighth of the machine's (or the control group's) memory, from 64MiB to 1GiB",
        Example = "256MiB",
    };

    public static SectionKind<RelayPlan> Kind { get; } = new([_maxMemory], section => new() { MaxMemory = section.FindValue(_maxMemory) });
}
