using System.Globalization;
using System.Net;

namespace Aeterna.Control;

/// <summary>What is known of a request before it is looked at.</summary>
internal sealed record AccessFacts
{
    /// <summary>User id of the engine.</summary>
    public required uint EngineUid { get; init; }

    /// <summary>It came over the control socket.</summary>
    public bool OverSocket { get; init; }

    /// <summary>User id of the peer: on the control socket, and over the loopback interface the owner of its socket; null if the kernel does not say.</summary>
    public uint? PeerUid { get; init; }

    /// <summary>Address of a TCP peer.</summary>
    public IPAddress? Remote { get; init; }

    /// <summary>It came over TLS.</summary>
    public bool Tls { get; init; }

    /// <summary>It is not a mere reading (GET, HEAD).</summary>
    public bool Changing { get; init; }

    /// <summary>The <c>Origin</c> header.</summary>
    public string? Origin { get; init; }

    /// <summary>The <c>Host</c> header.</summary>
    public string? Host { get; init; }

    /// <summary>What the request's bearer token is worth.</summary>
    public TokenCheck Token { get; init; }

    /// <summary>The plan names a file with a token, whether or not it could be read.</summary>
    public bool TokenConfigured { get; init; }

    /// <summary><c>control.allow_plaintext</c>.</summary>
    public bool AllowPlaintext { get; init; }
}

/// <summary>The result of comparing a request's bearer token.</summary>
internal enum TokenCheck
{
    Absent,
    Wrong,
    Right,
}

/// <summary>Whether a request may go on: 200, 401 or 403, and why not.</summary>
internal readonly record struct AccessDecision(int Status, string? Why)
{
    public static AccessDecision Allow { get; } = new(200, null);

    public bool Allowed => Status == 200;

    public static AccessDecision NeedsToken(string why) => new(401, why);

    public static AccessDecision Refuse(string why) => new(403, why);
}

/// <summary>Who may do what with the engine. Pure.</summary>
internal static class Access
{
    public static AccessDecision Decide(AccessFacts facts)
    {
        if (facts.OverSocket)
        {
            return OfSocket(facts);
        }

        return facts.Remote is { } remote && IsLoopback(remote) ? OfLoopback(facts) : OfElsewhere(facts);
    }

    /// <summary>Whether a <c>Host</c> header names this machine by a name that no foreign name server can give out.</summary>
    public static bool IsLoopbackHost(string host)
    {
        var bracket = host.StartsWith('[') ? host.IndexOf(']', StringComparison.Ordinal) : -1;
        var colon = host.IndexOf(':', Math.Max(bracket, 0));
        if (colon >= 0 && !ushort.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return false;
        }

        var name = colon < 0 ? host : host[..colon];
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (name == "[::1]")
            || (name.StartsWith("127.", StringComparison.Ordinal) && name.Count(c => c == '.') == 3 && IPAddress.TryParse(name, out _));
    }

    /// <summary>Whether an address is of the loopback interface, which nobody reaches from another machine.</summary>
    public static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private static AccessDecision OfSocket(AccessFacts facts) => facts.PeerUid switch
    {
        null => AccessDecision.Refuse("the kernel does not say who the caller is (use the control socket of this machine)"),
        { } uid when uid == facts.EngineUid || uid == 0 => AccessDecision.Allow,
        { } uid => AccessDecision.Refuse($"the control socket is for uid {facts.EngineUid} and root, not for uid {uid} (use sudo)"),
    };

    private static AccessDecision OfLoopback(AccessFacts facts)
    {
        if (facts.Token != TokenCheck.Absent)
        {
            return facts.Token == TokenCheck.Right ? AccessDecision.Allow : WrongToken();
        }

        var host = facts.Host ?? "";
        if (host.Length > 0 && !IsLoopbackHost(host))
        {
            return AccessDecision.Refuse(
                $"the Host header names {host}, and over the loopback interface only localhost, 127.0.0.1 and [::1] are served without a token");
        }

        if (!facts.Changing)
        {
            return AccessDecision.Allow;
        }

        if (facts.Origin is not null)
        {
            return AccessDecision.Refuse("a web page sent this (it has an Origin header), and web pages may not change the service without a token");
        }

        if (host.Length == 0)
        {
            return AccessDecision.Refuse("a changing request without a token needs a Host header of localhost, 127.0.0.1 or [::1]");
        }

        // A configured token is asked of everybody who changes something, so that it can close this door.
        return facts.TokenConfigured
            ? AccessDecision.NeedsToken("this engine has a token, without which nobody changes the service over TCP (send Authorization: Bearer TOKEN, or use the control socket)")
            : OfOwner(facts);
    }

    private static AccessDecision OfOwner(AccessFacts facts) => facts.PeerUid switch
    {
        null => AccessDecision.Refuse("the kernel does not say whose connection this is, and only root and the engine's user may change the service (use the control socket)"),
        { } uid when uid == facts.EngineUid || uid == 0 => AccessDecision.Allow,
        { } uid => AccessDecision.Refuse($"only uid {facts.EngineUid} and root may change the service, not uid {uid} (use sudo)"),
    };

    private static AccessDecision OfElsewhere(AccessFacts facts)
    {
        if (!facts.TokenConfigured)
        {
            return AccessDecision.Refuse("requests from other machines need a token, and this engine has none (set control.token_file)");
        }

        if (!facts.Tls && !facts.AllowPlaintext)
        {
            return AccessDecision.Refuse("requests from other machines have to come over TLS (set control.tls, or control.allow_plaintext: true)");
        }

        return facts.Token switch
        {
            TokenCheck.Right => AccessDecision.Allow,
            TokenCheck.Wrong => WrongToken(),
            _ => AccessDecision.NeedsToken("requests from other machines need a token (send Authorization: Bearer TOKEN)"),
        };
    }

    private static AccessDecision WrongToken() =>
        AccessDecision.NeedsToken("the token is not the one in the engine's control.token_file, as it was when the engine started");
}
