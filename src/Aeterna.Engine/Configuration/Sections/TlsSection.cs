using Aeterna.Configuration.Reading;

namespace Aeterna.Configuration.Sections;

/// <summary>The two <c>tls</c> sections.</summary>
internal static class TlsSection
{
    private static readonly Key<string> _certificate = new("certificate", Kinds.AbsolutePath, "PEM file with the certificate and its chain")
    {
        Required = true,
        Otherwise = "",
        Example = "/etc/aeterna/tls/cert.pem",
    };

    private static readonly Key<string> _key = new("key", Kinds.AbsolutePath, "PEM file with the private key")
    {
        Required = true,
        Otherwise = "",
        Example = "/etc/aeterna/tls/key.pem",
    };

    private static readonly Key<string> _clientCa = new(
        "client_ca", Kinds.AbsolutePath, "PEM file with the authorities of client certificates; with it, a client has to have one")
    {
        Example = "/etc/aeterna/tls/clients.pem",
    };

    public static SectionKind<TlsPlan> ForListener { get; } =
        new([_certificate, _key, _clientCa], section => new(section.Get(_certificate), section.Get(_key), section.Find(_clientCa)));

    public static SectionKind<TlsPlan> ForControl { get; } =
        new([_certificate, _key], section => new(section.Get(_certificate), section.Get(_key), null));
}
