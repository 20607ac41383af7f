using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary>One entry of <c>service.listeners</c>.</summary>
internal static class ListenerSection
{
    private static readonly Key<string> _name = new(
        "name", Kinds.Name, "its name in the status, in LISTEN_FDNAMES and in metrics")
    {
        Required = true,
        Otherwise = "",
        Example = "syslog",
    };

    private static readonly Key<ListenerAddress> _address = new("address", AddressKinds.Listener, "what the engine binds")
    {
        Required = true,
        Example = "tcp://0.0.0.0:514",
    };

    private static readonly Key<Handoff> _handoff = new(
        "handoff",
        Kinds.Choice(("shared", Handoff.Shared), ("inherit", Handoff.Inherit), ("steered", Handoff.Steered), ("relay", Handoff.Relay)),
        "how the socket comes to a generation")
    {
        DefaultNote = "`relay` with `framing` or `tls`, else what the profile says, else `shared`",
        Example = "inherit",
    };

    private static readonly Key<FramingKind> _framing = new(
        "framing",
        Kinds.Choice([.. FramingWords.All]),
        "where one message of a relayed stream ends; with `none` a connection stays with its generation")
    {
        DefaultNote = "the profile's; without one it has to be given for a relayed stream",
        Example = "syslog",
    };

    private static readonly Key<int> _backlog = new(
        "backlog", Kinds.Count(1, 1 << 20), "length of the accept queue; the kernel's `somaxconn` bounds it")
    {
        DefaultNote = "the kernel's most",
        Example = "4096",
    };

    private static readonly Key<long> _receiveBuffer = new(
        "receive_buffer", AddressKinds.Size(1 << 30), "size of the kernel's receive buffer")
    {
        DefaultNote = "the engine's choice for datagrams, the kernel's for streams",
        Example = "8MiB",
    };

    private static readonly Key<TlsPlan> _tls = new(
        "tls", TlsSection.ForListener, "TLS that the engine ends, so that TLS connections outlive a reload");

    public static SectionKind<ListenerPlan> Kind { get; } = new(
        [_name, _address, _handoff, _framing, _backlog, _receiveBuffer, _tls],
        section => new()
        {
            Name = section.Get(_name),
            Address = section.Get(_address),
            Handoff = section.FindValue(_handoff) ?? (section.Has(_framing) || section.Has(_tls) ? Handoff.Relay : null),
            Framing = section.FindValue(_framing),
            Backlog = section.FindValue(_backlog),
            ReceiveBuffer = (int?)section.FindValue(_receiveBuffer),
            Tls = section.Find(_tls),
        });
}
