using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary>One command of <c>pre_flight</c>, <c>on_success</c> or <c>on_failure</c>.</summary>
internal static class HookSection
{
    private static readonly HookPlan _default = new() { Name = "", Command = [] };

    private static readonly Key<string> _name = new("name", Kinds.Text, "what the log, the history and the live view call it")
    {
        Required = true,
        Otherwise = "",
        Example = "\"Config dry-run\"",
    };

    private static readonly Key<IReadOnlyList<string>> _command = new(
        "command", CommonKinds.Command, "the program and its arguments; no shell is involved")
    {
        Required = true,
        Otherwise = [],
        Example = "[\"/usr/sbin/rsyslogd\", \"-N1\"]",
    };

    private static readonly Key<TimeSpan> _timeout = new(
        "timeout", Kinds.PositiveDuration, "time that it may take; then it is killed and counts as failed")
    {
        HasDefault = true,
        Otherwise = _default.Timeout,
        Example = "5s",
    };

    private static readonly Key<bool> _blockOnFail = new(
        "block_on_fail", Kinds.Boolean, "whether its failure ends the reload; after a reload there is nothing left to block")
    {
        HasDefault = true,
        Otherwise = _default.BlockOnFail,
        Example = "false",
    };

    public static SectionKind<HookPlan> Kind { get; } = new([_name, _command, _timeout, _blockOnFail], section => new()
    {
        Name = section.Get(_name),
        Command = section.Get(_command),
        Timeout = section.Get(_timeout),
        BlockOnFail = section.Get(_blockOnFail),
    });

    public static Kind<IReadOnlyList<HookPlan>> List { get; } =
        new ListKind<HookPlan>(Kind, "a list of commands, such as [{ name: \"Check\", command: [\"/bin/true\"] }]");
}
