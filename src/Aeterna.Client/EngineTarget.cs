namespace Aeterna.Client;

/// <summary>The engine that is spoken to: by its control socket on this machine, or by a URL. Not a record: nothing is to print the token.</summary>
internal sealed class EngineTarget
{
    /// <summary>What speaks to it.</summary>
    public required Front Front { get; init; }

    /// <summary>As messages name it: the service's name, the path or the URL.</summary>
    public required string Label { get; init; }

    /// <summary>Path of the control socket.</summary>
    public string? Socket { get; init; }

    /// <summary>Base URL.</summary>
    public Uri? Url { get; init; }

    /// <summary>Bearer token for <see cref="Url"/>.</summary>
    public string? Token { get; init; }

    /// <summary>Take any certificate.</summary>
    public bool SkipCertificateCheck { get; init; }

    /// <summary>Take this certificate only: SHA-256 or SHA-1 in hex.</summary>
    public string? CertificateThumbprint { get; init; }

    /// <summary>It was found by a service's name.</summary>
    public bool ByName { get; init; }
}
