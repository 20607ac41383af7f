using Aeterna.Client;

namespace Aeterna.Cli;

/// <summary>Engines as the command line finds and names them.</summary>
internal static class CliTargets
{
    private static readonly Front _front = new("program", "the aeterna program", "aeterna start -c FILE");

    extension(EngineTarget target)
    {
        /// <summary>The options that name it again, for advice: <c>-n rsyslogd</c>.</summary>
        public string Options => target switch
        {
            { Url: { } url } => $"--url {url}",
            { ByName: true } => $"-n {target.Label}",
            _ => $"--socket {target.Socket}",
        };
    }

    /// <summary>The engine of a service on this machine.</summary>
    public static EngineTarget OfService(string name, string socket) => new() { Front = _front, Label = name, Socket = socket, ByName = true };

    /// <summary>The engine at a control socket.</summary>
    public static EngineTarget OfSocket(string path) => new() { Front = _front, Label = path, Socket = Path.GetFullPath(path) };

    /// <summary>The engine at an address.</summary>
    public static EngineTarget OfUrl(string label, Uri url, string? token) => new() { Front = _front, Label = label, Url = url, Token = token };
}
