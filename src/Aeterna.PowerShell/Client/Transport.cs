using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Aeterna.PowerShell.Errors;

namespace Aeterna.PowerShell.Client;

/// <summary>The way to an engine: its control socket, or HTTP and HTTPS with a token and a say on the certificate.</summary>
internal static class Transport
{
    public static HttpClient Open(EngineAddress address)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = address.SocketPath is null };
        if (address.SocketPath is { } path)
        {
            handler.ConnectCallback = (_, cancel) => UnixConnection.Open(path, cancel);
        }

        if (address.SkipCertificateCheck || address.CertificateThumbprint is not null)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => IsWanted(address, certificate);
        }

        var http = new HttpClient(handler) { BaseAddress = address.Uri ?? new Uri("http://localhost"), Timeout = Timeout.InfiniteTimeSpan };
        if (address.Token is { } token)
        {
            if (address.Uri is { IsLoopback: false } uri && uri.Scheme != Uri.UriSchemeHttps)
            {
                http.Dispose();
                throw new EngineException(
                    EngineError.Unencrypted, $"cannot send a token to {uri}: everyone on the way could read it (use https)");
            }

            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", new NetworkCredential("", token).Password);
        }

        return http;
    }

    // With a thumbprint that alone counts: who pins a certificate does not need an authority.
    private static bool IsWanted(EngineAddress address, X509Certificate? certificate)
    {
        if (certificate is null || address.CertificateThumbprint is not { } wanted)
        {
            return certificate is not null;
        }

        var hex = wanted.Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        var algorithm = hex.Length == 40 ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;
        return certificate.GetCertHashString(algorithm).Equals(hex, StringComparison.OrdinalIgnoreCase);
    }
}
