namespace Aeterna.Cli;

/// <summary>The engine that a verb speaks to: by its control socket or by a URL.</summary>
/// <param name="Label">As messages name it: the service's name, the path or the URL.</param>
/// <param name="Socket">Path of the control socket.</param>
/// <param name="Url">Base URL.</param>
/// <param name="Token">Bearer token for the URL.</param>
internal sealed record EngineTarget(string Label, string? Socket, Uri? Url = null, string? Token = null)
{
    /// <summary>The options that name it again, for advice: <c>-n rsyslogd</c>.</summary>
    public string Options => (Url, Socket) switch
    {
        ({ } url, _) => $"--url {url}",
        (null, { } socket) when socket != Label && ByName => $"-n {Label}",
        _ => $"--socket {Socket}",
    };

    /// <summary>It was found by a service's name.</summary>
    public bool ByName { get; init; }
}
