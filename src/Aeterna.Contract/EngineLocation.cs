namespace Aeterna.Contract;

/// <summary>Where the engine of a configuration file is, or would be: the answer of <c>aeterna check --where</c>.</summary>
public sealed record EngineLocation
{
    /// <summary>Name of the service.</summary>
    public required string Service { get; init; }

    /// <summary>Its control socket.</summary>
    public required string ControlSocket { get; init; }

    /// <summary>Its run directory.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>The log of an engine that was started with <c>--detach</c>.</summary>
    public required string LogFile { get; init; }

    /// <summary>Absolute path of the configuration file.</summary>
    public required string ConfigPath { get; init; }

    /// <summary>SHA-256 of the configuration file in hex, as records have it.</summary>
    public required string ConfigSha256 { get; init; }
}
