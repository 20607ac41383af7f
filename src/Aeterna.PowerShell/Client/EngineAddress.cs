using System.Security;

namespace Aeterna.PowerShell.Client;

/// <summary>Where an engine is: its control socket on this machine, or a URI.</summary>
internal sealed record EngineAddress
{
    /// <summary>As messages name it: the service's name, the socket or the URI.</summary>
    public required string Label { get; init; }

    /// <summary>Path of the control socket.</summary>
    public string? SocketPath { get; init; }

    /// <summary>Base address.</summary>
    public Uri? Uri { get; init; }

    /// <summary>Bearer token for <see cref="Uri"/>.</summary>
    public SecureString? Token { get; init; }

    /// <summary>Take any certificate.</summary>
    public bool SkipCertificateCheck { get; init; }

    /// <summary>Take this certificate only: SHA-256 or SHA-1 in hex.</summary>
    public string? CertificateThumbprint { get; init; }

    /// <summary>It was found by a service's name.</summary>
    public bool ByName { get; init; }

    /// <summary>The parameters that name it again, for advice: <c>-Name rsyslogd</c>.</summary>
    public string Parameters => this switch
    {
        { Uri: { } uri } => $"-Uri {Argument.Of(uri.ToString())}",
        { ByName: true } => $"-Name {Argument.Of(Label)}",
        _ => $"-SocketPath {Argument.Of(SocketPath ?? "")}",
    };

    /// <summary>The engine of a service on this machine.</summary>
    public static EngineAddress OfService(string name) =>
        new() { Label = name, SocketPath = RunningEngines.SocketOf(name), ByName = true };
}
