using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Aeterna.Machine.Plans;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Aeterna.Control;

/// <summary>The TLS side of the control API.</summary>
internal static class ControlTls
{
    /// <summary>Reads the files of <c>control.tls</c>.</summary>
    /// <exception cref="CryptographicException">A file is not what it should be.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static Action<HttpsConnectionAdapterOptions> Read(TlsPlan tls)
    {
        using var pem = X509Certificate2.CreateFromPemFile(tls.Certificate, tls.Key);
        // SslStream needs a key that the TLS library can use by itself, which one read from PEM is only after a round trip.
        var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(tls.Certificate);
        var clients = tls.ClientCa is null ? null : new X509Certificate2Collection();
        clients?.ImportFromPemFile(tls.ClientCa!);
        return https =>
        {
            https.ServerCertificate = certificate;
            https.ServerCertificateChain = chain;
            if (clients is not null)
            {
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.ClientCertificateValidation = (client, _, _) => IsIssuedBy(client, clients);
            }
        };
    }

    private static bool IsIssuedBy(X509Certificate2 client, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(client);
    }
}
