using System.Net.Security;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Reading;

/// <summary>The kinds of values that only TLS has.</summary>
internal static class TlsKinds
{
    public static Kind<PermittedPeer> Peer { get; } = new ScalarKind<PermittedPeer>(
        "a name such as host.example.net or *.example.net, or a fingerprint such as SHA256:10:C4:… with all its bytes", @"^\S+$", PermittedPeer.TryParse);

    public static Kind<TlsCipherSuite> CipherSuite { get; } = new ScalarKind<TlsCipherSuite>(
        "a cipher suite's IANA name, such as TLS_AES_256_GCM_SHA384", "^TLS_[A-Z0-9_]+$", (string text, out TlsCipherSuite suite) => Enum.TryParse(text, out suite));
}
