namespace Aeterna.Linux;

/// <summary>Variables of the .NET runtime that are set for the engine's own processes, and the marks that it was not the user who set them.</summary>
internal static class RuntimeVariables
{
    /// <summary>With 0 the runtime makes no socket in /tmp by which it can be told to run other code.</summary>
    public const string Diagnostics = "DOTNET_EnableDiagnostics";

    /// <summary>Marks <see cref="Diagnostics"/>.</summary>
    public const string OwnDiagnostics = "AETERNA_OWN_DIAGNOSTICS";

    /// <summary>Where the runtime is.</summary>
    public const string Root = "DOTNET_ROOT";

    /// <summary>Marks <see cref="Root"/>.</summary>
    public const string OwnRoot = "AETERNA_OWN_DOTNET_ROOT";
}
