using System.Globalization;
using System.Net;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles.Rsyslog;

/// <summary>One listener of streams in an rsyslog configuration.</summary>
/// <param name="Place">File and line.</param>
/// <param name="Framing">How it cuts its streams.</param>
internal sealed record RsyslogInput(string Place, StreamFraming Framing)
{
    /// <summary>Its port, or service name; null when only rsyslogd knows. A unix socket has none.</summary>
    public string? Port { get; init; }

    /// <summary>The address that it is bound to; null when it is every address, or only rsyslogd knows.</summary>
    public string? Address { get; init; }

    /// <summary>The path of a unix socket; null: it has none.</summary>
    public string? Path { get; init; }

    /// <summary>Whether it is, or may be, the listener with this address. What only rsyslogd knows may be anything.</summary>
    public bool MayBe(ListenerAddress address)
    {
        if (address.IsUnix || Path is not null)
        {
            return address.IsUnix && Path == address.Path;
        }

        var isKnown = int.TryParse(Port, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port != 0;
        return (!isKnown || port == address.Endpoint?.Port)
            && (Address is null || !IPAddress.TryParse(Address, out var ip) || ip.Equals(address.Endpoint?.Address));
    }
}
