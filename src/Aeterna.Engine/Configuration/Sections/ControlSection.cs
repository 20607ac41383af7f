using System.Net;
using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary><c>control</c>.</summary>
internal static class ControlSection
{
    private static readonly ControlPlan _default = new();

    private static readonly Key<string> _socket = new("socket", Kinds.SocketPath, "path of the control socket (mode 0600)")
    {
        DefaultNote = "`control.sock` in the run directory",
        Example = "/run/aeterna/rsyslogd/control.sock",
    };

    private static readonly Key<IPEndPoint> _listen = new(
        "listen", AddressKinds.Endpoint, "a further TCP address for the control API")
    {
        Example = "\"0.0.0.0:9443\"",
    };

    private static readonly Key<string> _tokenFile = new(
        "token_file", Kinds.AbsolutePath, "file with the bearer token that every change over TCP needs, and every call from another machine; not readable for all")
    {
        Example = "/etc/aeterna/token",
    };

    private static readonly Key<TlsPlan> _tls = new("tls", TlsSection.ForControl, "TLS on `control.listen`");

    private static readonly Key<bool> _allowPlaintext = new(
        "allow_plaintext", Kinds.Boolean, "whether the token is taken without TLS; anybody on the way can read it then")
    {
        HasDefault = true,
        Otherwise = _default.AllowPlaintext,
        Example = "true",
    };

    public static SectionKind<ControlPlan> Kind { get; } = new([_socket, _listen, _tokenFile, _tls, _allowPlaintext], section =>
        new()
        {
            Socket = section.Find(_socket),
            Listen = section.Find(_listen),
            TokenFile = section.Find(_tokenFile),
            Tls = section.Find(_tls),
            AllowPlaintext = section.Get(_allowPlaintext),
        });
}
