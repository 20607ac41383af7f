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

    private static readonly Key<DoubtfulPolicy> _doubtful = new(
        "doubtful",
        Kinds.Choice(("resend", DoubtfulPolicy.Resend), ("drop", DoubtfulPolicy.Drop)),
        "what becomes of a write to a program of which an engine that goes on after another's death cannot know whether it was made (see keeper.md): `resend` loses nothing and may double messages, `drop` doubles none and may lose them")
    {
        HasDefault = true,
        Otherwise = DoubtfulPolicy.Resend,
        Example = "drop",
    };

    public static SectionKind<RelayPlan> Kind { get; } = new(
        [_maxMemory, _doubtful], section => new() { MaxMemory = section.FindValue(_maxMemory), Doubtful = section.Get(_doubtful) });
}
