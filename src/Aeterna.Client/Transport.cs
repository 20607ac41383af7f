using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Aeterna.Client;

/// <summary>The way to an engine: its control socket, or HTTP and HTTPS with a token and a say on the certificate.</summary>
internal static class Transport
{
    public static HttpClient Open(EngineTarget target)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = target.Socket is null };
        if (target.Socket is { } path)
        {
            handler.ConnectCallback = (_, cancel) => UnixConnection.Open(path, cancel);
        }

        if (target.SkipCertificateCheck || target.CertificateThumbprint is not null)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => IsWanted(target, certificate);
        }

        var http = new HttpClient(handler) { BaseAddress = target.Url ?? new Uri("http://localhost"), Timeout = Timeout.InfiniteTimeSpan };
        if (target.Token is { } token)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return http;
    }

    // With a thumbprint that alone counts: who pins a certificate does not need an authority.
    private static bool IsWanted(EngineTarget target, X509Certificate? certificate)
    {
        if (certificate is null || target.CertificateThumbprint is not { } wanted)
        {
            return certificate is not null;
        }

        var hex = wanted.Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        var algorithm = hex.Length == 40 ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;
        return certificate.GetCertHashString(algorithm).Equals(hex, StringComparison.OrdinalIgnoreCase);
    }
}
