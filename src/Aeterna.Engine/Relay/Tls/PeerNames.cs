using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

using Aeterna.Machine.Plans;

namespace Aeterna.Relay.Tls;

/// <summary>Who a client certificate is of (RFC 5425, section 5): any of its dNSNames, the common name of one that has none, or its fingerprint.</summary>
internal static class PeerNames
{
    public static bool IsAny(IReadOnlyList<PermittedPeer> permitted, X509Certificate2 certificate)
    {
        var names = NamesOf(certificate);
        var hashes = new Dictionary<string, string>
        {
            ["SHA1"] = certificate.GetCertHashString(HashAlgorithmName.SHA1),
            ["SHA256"] = certificate.GetCertHashString(HashAlgorithmName.SHA256),
        };
        return permitted.Any(peer => peer.Hash is { } hash ? hashes[hash] == peer.Fingerprint : names.Any(peer.IsName));
    }

    private static List<string> NamesOf(X509Certificate2 certificate)
    {
        List<string> names = [.. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames())];
        if (names.Count == 0 && certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } common)
        {
            names.Add(common);
        }

        return names;
    }
}
