using System.Net.Security;

using Aeterna.Configuration.Reading;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Sections;

/// <summary>The two <c>tls</c> sections.</summary>
internal static class TlsSection
{
    private static readonly Key<string> _certificate = new(
        "certificate", Kinds.AbsolutePath, "PEM file with the certificate and its chain")
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

    private static readonly Key<IReadOnlyList<PermittedPeer>> _permittedPeers = new(
        "permitted_peers",
        new ListKind<PermittedPeer>(TlsKinds.Peer, "a list of names and fingerprints, such as [\"*.example.net\"]") { NotEmpty = true },
        "which client certificates are let in: by name (a dNSName, or the CN of one without), `*` standing for a label or one end of it, or by fingerprint; without it all that `client_ca` has signed")
    {
        Example = "[\"*.example.net\"]",
    };

    private static readonly Key<Version> _minVersion = new(
        "min_version", Kinds.Choice(("1.2", new Version(1, 2)), ("1.3", new Version(1, 3))), "the oldest version of TLS that is taken")
    {
        DefaultNote = "what the system allows",
        Example = "\"1.3\"",
    };

    private static readonly Key<IReadOnlyList<TlsCipherSuite>> _ciphers = new(
        "ciphers",
        new ListKind<TlsCipherSuite>(TlsKinds.CipherSuite, "a list of cipher suites, such as [TLS_AES_256_GCM_SHA384]") { NotEmpty = true },
        "the cipher suites that are taken, by their IANA names")
    {
        DefaultNote = "the system's",
        Example = "[TLS_AES_256_GCM_SHA384]",
    };

    public static SectionKind<TlsPlan> ForListener { get; } = new(
        [_certificate, _key, _clientCa, _permittedPeers, _minVersion, _ciphers],
        section => new(section.Get(_certificate), section.Get(_key), section.Find(_clientCa))
        {
            PermittedPeers = section.Find(_permittedPeers) ?? [],
            MinVersion = section.Find(_minVersion),
            Ciphers = section.Find(_ciphers) ?? [],
        });

    public static SectionKind<TlsPlan> ForControl { get; } =
        new([_certificate, _key], section => new(section.Get(_certificate), section.Get(_key), null));
}
