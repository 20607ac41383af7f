using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

using Aeterna.Configuration;
using Aeterna.Listeners;

namespace Aeterna.Relay;

/// <summary>
/// What a TLS listener shows its clients and asks of them, as the files were when they were read. Left to the collector in the end: a
/// handshake may still use it when a newer one is in force.
/// </summary>
internal sealed class TlsIdentity
{
    private readonly X509Certificate2 _certificate;
    private readonly X509Certificate2Collection _chain = [];
    private readonly X509Certificate2Collection? _clientCa;

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

        Options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(_certificate, _chain, offline: true),
            ClientCertificateRequired = _clientCa is not null,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => _clientCa is null || (certificate is not null && IsTrusted(certificate)),
        };
    }

    /// <summary>For SslStream.</summary>
    public SslServerAuthenticationOptions Options { get; }

    // Against the configured authorities alone: those that the machine trusts have no say in who may log here.
    private bool IsTrusted(X509Certificate certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_clientCa!);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var copy = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(copy);
    }
}
