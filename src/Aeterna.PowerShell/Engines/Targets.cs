using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.PowerShell.Engines;

/// <summary>Engines as this module finds and names them.</summary>
internal static class Targets
{
    /// <summary>How this module speaks of itself.</summary>
    public static readonly Front Front = new("module", "the module", "Start-AeternaService", "-CertificateThumbprint takes a certificate that you know");

    /// <summary>The folder that has one folder for each service of this user.</summary>
    public static string Root => RunFolder.Of(Environment.IsPrivilegedProcess, Environment.GetEnvironmentVariable);

    /// <summary>The engine of a service on this machine.</summary>
    public static EngineTarget OfService(string name) => new() { Front = Front, Label = name, Socket = RunFolder.Socket(Root, name), ByName = true };

    /// <summary>The engine at a control socket.</summary>
    public static EngineTarget OfSocket(string path, string? label = null) => new() { Front = Front, Label = label ?? path, Socket = path };

    /// <summary>The parameters that name it again, for advice: <c>-Name rsyslogd</c>.</summary>
    public static string Parameters(this EngineTarget target) => target switch
    {
        { Url: { } url } => $"-Uri {Argument.Of(url.ToString())}",
        { ByName: true } => $"-Name {Argument.Of(target.Label)}",
        _ => $"-SocketPath {Argument.Of(target.Socket ?? "")}",
    };
}
