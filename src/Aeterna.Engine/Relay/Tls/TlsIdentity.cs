using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

using Aeterna.Configuration;

namespace Aeterna.Relay;

/// <summary>What a TLS listener shows its clients and asks of them, as the files were when they were read.</summary>
internal sealed class TlsIdentity : IDisposable
{
    private readonly X509Certificate2 _certificate;
    private readonly X509Certificate2Collection _chain = [];
    private readonly X509Certificate2Collection? _clientCa;

    /// <exception cref="RelayException">A file cannot be used.</exception>
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
            throw new RelayException($"cannot use the certificate {plan.Certificate} with the key {plan.Key}: {e.Message} (check the files and who may read them)", e);
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

    /// <inheritdoc/>
    public void Dispose()
    {
        _certificate.Dispose();
        foreach (var certificate in _chain.Concat(_clientCa ?? []))
        {
            certificate.Dispose();
        }
    }

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

/// <summary>A relay cannot be set up.</summary>
internal sealed class RelayException(string message, Exception? inner = null) : Exception(message, inner);
