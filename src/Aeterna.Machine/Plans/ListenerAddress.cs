using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Aeterna.Machine.Plans;

/// <summary>The kind of socket behind a <see cref="ListenerAddress"/>.</summary>
internal enum ListenerScheme
{
    Tcp,
    Udp,
    Unix,
    Unixgram,
    Unixpacket,
}

/// <summary>
/// An address as the configuration, the status and the log write it: <c>tcp://0.0.0.0:514</c>, <c>udp://[::]:514</c>,
/// <c>unix:///run/x.sock</c>, <c>unixgram:///dev/log</c>, <c>unix:@abstract</c>. Compares by value.
/// </summary>
/// <param name="Scheme">The kind of socket.</param>
/// <param name="Endpoint">Address and port; for tcp and udp only.</param>
/// <param name="Path">Absolute path, or <c>@name</c> for an abstract one; for unix sockets only.</param>
internal sealed record ListenerAddress(ListenerScheme Scheme, IPEndPoint? Endpoint, string? Path)
{
    /// <summary>Whether connections are accepted on it.</summary>
    public bool IsStream => Scheme is ListenerScheme.Tcp or ListenerScheme.Unix or ListenerScheme.Unixpacket;

    /// <summary>Whether it is a unix socket.</summary>
    public bool IsUnix => Path is not null;

    /// <summary>Whether it is a unix socket with a name in the file system.</summary>
    public bool IsUnixPath => Path is not null && !Path.StartsWith('@');

    /// <inheritdoc/>
    public override string ToString() => Path is null
        ? $"{Word(Scheme)}://{Endpoint}"
        : Path.StartsWith('@') ? $"{Word(Scheme)}:{Path}" : $"{Word(Scheme)}://{Path}";

    /// <summary>Reads what <see cref="ToString"/> writes; a tcp or udp address needs a literal address and a port of 1 to 65535.</summary>
    public static bool TryParse(string text, out ListenerAddress? address, out string? expected)
    {
        address = null;
        expected = "tcp://ADDRESS:PORT, udp://ADDRESS:PORT, unix:///PATH or unixgram:///PATH";
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || !TryScheme(text[..colon], out var scheme))
        {
            return false;
        }

        var rest = text[(colon + 1)..];
        if (scheme is ListenerScheme.Tcp or ListenerScheme.Udp)
        {
            if (!rest.StartsWith("//", StringComparison.Ordinal) || !TryEndpoint(rest[2..], out var endpoint))
            {
                expected = $"{Word(scheme)}://ADDRESS:PORT with a literal address, as in {Word(scheme)}://0.0.0.0:514 or {Word(scheme)}://[::]:514";
                return false;
            }

            address = new ListenerAddress(scheme, endpoint, null);
            return true;
        }

        var path = rest.StartsWith("//", StringComparison.Ordinal) ? rest[2..] : rest;
        if (path.Length < 2 || (path[0] != '/' && path[0] != '@') || System.Text.Encoding.UTF8.GetByteCount(path) > 107)
        {
            expected = $"{Word(scheme)}:///ABSOLUTE/PATH or {Word(scheme)}:@NAME of at most 107 bytes";
            return false;
        }

        address = new ListenerAddress(scheme, null, path);
        return true;
    }

    private static bool TryEndpoint(string text, out IPEndPoint? endpoint)
    {
        endpoint = null;
        var colon = text.LastIndexOf(':');
        if (colon <= 0
            || !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port == 0)
        {
            return false;
        }

        var host = text[..colon];
        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (!IPAddress.TryParse(bracketed ? host[1..^1] : host, out var ip)
            || (ip.AddressFamily == AddressFamily.InterNetworkV6) != bracketed)
        {
            return false;
        }

        endpoint = new IPEndPoint(ip, port);
        return true;
    }

    private static bool TryScheme(string word, out ListenerScheme scheme)
    {
        foreach (var candidate in Enum.GetValues<ListenerScheme>())
        {
            if (Word(candidate) == word)
            {
                scheme = candidate;
                return true;
            }
        }

        scheme = default;
        return false;
    }

    private static string Word(ListenerScheme scheme) => scheme switch
    {
        ListenerScheme.Tcp => "tcp",
        ListenerScheme.Udp => "udp",
        ListenerScheme.Unix => "unix",
        ListenerScheme.Unixgram => "unixgram",
        _ => "unixpacket",
    };
}
