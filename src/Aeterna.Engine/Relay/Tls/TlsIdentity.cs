using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

using Aeterna.Listeners;
using Aeterna.Machine.Plans;

namespace Aeterna.Relay.Tls;

/// <summary>
/// What a TLS listener shows its clients and asks of them, as the files were when they were read. Left to the collector in the end: a
/// handshake may still use it when a newer one is in force.
/// </summary>
internal sealed class TlsIdentity
{
    private readonly X509Certificate2 _certificate;
    private readonly X509Certificate2Collection _chain = [];
    private readonly X509Certificate2Collection? _clientCa;
    private readonly IReadOnlyList<PermittedPeer> _peers;

    /// <exception cref="ListenerException">A file cannot be used.</exception>
    public TlsIdentity(TlsPlan plan)
    {
        try
        {
            _certificate = X509Certificate2.CreateFromPemFile(plan.Certificate, plan.Key);
            _chain.ImportFromPemFile(plan.Certificate);
            if (plan.ClientCa is { } file)
            {
                _clientCa = [];
                _clientCa.ImportFromPemFile(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new ListenerException($"cannot use the certificate {plan.Certificate} with the key {plan.Key}: {e.Message} (check the files and who may read them)", e);
        }

        _peers = plan.PermittedPeers;
        Options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(_certificate, _chain, offline: true),
            ClientCertificateRequired = _clientCa is not null || _peers.Count > 0,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => IsPermitted(certificate),
            EnabledSslProtocols = plan.MinVersion switch
            {
                null => SslProtocols.None,
                { Minor: 3 } => SslProtocols.Tls13,
                _ => SslProtocols.Tls12 | SslProtocols.Tls13,
            },
            CipherSuitesPolicy = plan.Ciphers.Count > 0 ? Policy(plan.Ciphers) : null,
        };
    }

    /// <summary>For SslStream.</summary>
    public SslServerAuthenticationOptions Options { get; }

    private bool IsPermitted(X509Certificate? given)
    {
        if (_clientCa is null && _peers.Count == 0)
        {
            return true;
        }

        if (given is null)
        {
            return false;
        }

        using var certificate = X509CertificateLoader.LoadCertificate(given.GetRawCertData());
        return (_clientCa is null || IsTrusted(certificate)) && (_peers.Count == 0 || PeerNames.IsAny(_peers, certificate));
    }

    // Against the configured authorities alone: those that the machine trusts have no say in who may log here.
    private bool IsTrusted(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_clientCa!);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    private static CipherSuitesPolicy Policy(IReadOnlyList<TlsCipherSuite> suites)
    {
#pragma warning disable CA1416 // Linux is the only system that the engine runs on.
        return new CipherSuitesPolicy(suites);
#pragma warning restore CA1416
    }
}
