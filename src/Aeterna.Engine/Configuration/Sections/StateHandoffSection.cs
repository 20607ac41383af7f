using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary><c>orchestration.state_handoff</c>.</summary>
internal static class StateHandoffSection
{
    private static readonly StateHandoffPlan _default = new();

    private static readonly Key<bool> _enabled = new(
        "enabled", Kinds.Boolean, "whether state is carried from the old process to the new one")
    {
        DefaultNote = "`true` when the section has any other key, else `false`",
        Example = "true",
    };

    private static readonly Key<string> _socketPath = new(
        "socket_path", Kinds.SocketPath, "unix socket on which the engine speaks SRP")
    {
        DefaultNote = "`state.sock` in the run directory (`AETERNA_STATE_SOCK`)",
        Example = "/run/rsyslogd_srp.sock",
    };

    private static readonly Key<TimeSpan> _timeout = new(
        "timeout", Kinds.PositiveDuration, "time that the handoff may take; then the new process starts cold")
    {
        HasDefault = true,
        Otherwise = _default.Timeout,
        Example = "10s",
    };

    private static readonly Key<bool> _required = new("required", Kinds.Boolean, "whether a failed handoff rolls the reload back")
    {
        HasDefault = true,
        Otherwise = _default.Required,
        Example = "true",
    };

    private static readonly Key<int> _signal = new(
        "signal", Kinds.Signal, "signal that asks the old process to push its state; sent only if it catches it")
    {
        Example = "SIGUSR2",
    };

    private static readonly Key<IReadOnlyList<string>> _export = new(
        "export", CommonKinds.Command, "command whose output is the old process's state")
    {
        Example = "[\"/usr/local/bin/export-state\"]",
    };

    private static readonly Key<IReadOnlyList<string>> _import = new(
        "import", CommonKinds.Command, "command that gets the state on its standard input")
    {
        Example = "[\"/usr/local/bin/import-state\"]",
    };

    private static readonly Key<long> _maxBytes = new("max_bytes", AddressKinds.Size(1L << 40), "largest state that is carried")
    {
        HasDefault = true,
        Otherwise = _default.MaxBytes,
        Example = "64MiB",
    };

    public static SectionKind<StateHandoffPlan> Kind { get; } = new(
        [_enabled, _socketPath, _timeout, _required, _signal, _export, _import, _maxBytes],
        section => new()
        {
            Enabled = section.FindValue(_enabled) ?? !section.IsEmpty,
            SocketPath = section.Find(_socketPath),
            Timeout = section.Get(_timeout),
            Required = section.Get(_required),
            Signal = section.FindValue(_signal),
            Export = section.Find(_export),
            Import = section.Find(_import),
            MaxBytes = section.Get(_maxBytes),
        });
}
