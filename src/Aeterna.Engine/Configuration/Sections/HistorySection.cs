using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary><c>history</c>.</summary>
internal static class HistorySection
{
    private static readonly Key<int> _keep = new(
        "keep", Kinds.Count(1, 1_000_000), "number of reload records that are kept on disk")
    {
        HasDefault = true,
        Otherwise = new HistoryPlan().Keep,
        Example = "200",
    };

    private static readonly Key<string> _directory = new("directory", Kinds.AbsolutePath, "where they are")
    {
        DefaultNote = "`/var/lib/aeterna/NAME` as root, else `$XDG_STATE_HOME/aeterna/NAME`",
        Example = "/var/lib/aeterna/rsyslogd",
    };

    public static SectionKind<HistoryPlan> Kind { get; } = new([_keep, _directory], section => new()
    {
        Keep = section.Get(_keep),
        Directory = section.Find(_directory),
    });
}
