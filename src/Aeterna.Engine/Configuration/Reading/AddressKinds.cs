using System.Globalization;
using System.Net;
using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Reading;

/// <summary>The kinds of values that name a socket, and sizes of its buffers.</summary>
internal static class AddressKinds
{
    public static Kind<ListenerAddress> Listener { get; } = new ScalarKind<ListenerAddress>(
        "an address such as tcp://0.0.0.0:514, udp://[::]:514, unix:///run/x.sock or unixgram:///dev/log (numbers, not host names)",
        @"^((tcp|udp)://[^\s]+:[0-9]+|(unix|unixgram|unixpacket):(//)?[/@][\s\S]+)$",
        (string text, out ListenerAddress address) => ListenerAddress.TryParse(text, out address!, out _))
    {
        Code = FindingCode.BadAddress,
        Hint = Listen,
    };

    /// <summary>What a probe connects to.</summary>
    public static Kind<ListenerAddress> Connect { get; } = new ScalarKind<ListenerAddress>(
        "an address such as tcp://127.0.0.1:514 or unix:///run/x.sock",
        @"^(tcp://[^\s]+:[0-9]+|unix:(//)?[/@][\s\S]+)$",
        (string text, out ListenerAddress address) => ListenerAddress.TryParse(text, out address!, out _))
    {
        Code = FindingCode.BadAddress,
        Hint = Listen,
    };

    /// <summary>An address and port of this machine; without an address it is 127.0.0.1.</summary>
    public static Kind<IPEndPoint> Endpoint { get; } = new ScalarKind<IPEndPoint>(
        "\":PORT\" (on 127.0.0.1) or \"ADDRESS:PORT\"", @"^([^\s]*:)?[0-9]{1,5}$", TryEndpoint)
    {
        TakesNumbers = true,
        Code = FindingCode.BadAddress,
    };

    /// <summary>The same, or <c>off</c> (then <see cref="OptionalEndpoint.Endpoint"/> is null).</summary>
    public static Kind<OptionalEndpoint> EndpointOrOff { get; } = new ScalarKind<OptionalEndpoint>(
        "\":PORT\" (on 127.0.0.1), \"ADDRESS:PORT\" or off", @"^(off|([^\s]*:)?[0-9]{1,5})$", TryOptional)
    {
        TakesNumbers = true,
        Code = FindingCode.BadAddress,
    };

    public static Kind<long> Size(long most, long least = 1) => new ScalarKind<long>(
        $"a size in bytes such as 64KiB, 8MiB or 65536, from {least} to {most}",
        "^[0-9]{1,18}(B|KiB|MiB|GiB|TiB)?$",
        (string text, out long size) => TrySize(text, out size) && size >= least && size <= most)
    {
        TakesNumbers = true,
        Code = FindingCode.BadSize,
        Hint = text => text.Length > 1 && char.ToUpperInvariant(text[^1]) is 'K' or 'M' or 'G' or 'T' or 'B'
            ? "units are B, KiB, MiB, GiB and TiB"
            : null,
    };

    private static string? Listen(string text)
    {
        var colon = text.IndexOf("://localhost:", StringComparison.Ordinal);
        return colon < 0 ? null : $"did you mean {text[..colon]}://127.0.0.1:{text[(colon + "://localhost:".Length)..]}?";
    }

    private static bool TryOptional(string text, out OptionalEndpoint value)
    {
        value = new OptionalEndpoint(null);
        if (text == "off")
        {
            return true;
        }

        var sound = TryEndpoint(text, out var endpoint);
        value = new OptionalEndpoint(endpoint);
        return sound;
    }

    private static bool TryEndpoint(string text, out IPEndPoint endpoint)
    {
        var colon = text.LastIndexOf(':');
        var host = text[..Math.Max(colon, 0)] is "" or "localhost" ? "127.0.0.1" : text[..colon];
        var sound = ListenerAddress.TryParse($"tcp://{host}:{text[(colon + 1)..]}", out var address, out _);
        endpoint = address?.Endpoint!;
        return sound;
    }

    private static bool TrySize(string text, out long size)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var power = Array.IndexOf(["", "KiB", "MiB", "GiB", "TiB"], text[digits..] is "B" ? "" : text[digits..]);
        size = 0;
        if (!long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count > long.MaxValue >> (10 * power))
        {
            return false;
        }

        size = count << (10 * power);
        return size > 0;
    }
}

/// <summary>An address and port, or none.</summary>
internal sealed record OptionalEndpoint(IPEndPoint? Endpoint);
