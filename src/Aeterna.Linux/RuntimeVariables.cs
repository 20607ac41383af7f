namespace Aeterna.Linux;

/// <summary>The variable of the .NET runtime that is set for the engine's own processes, and the mark that it was not the user who set it.</summary>
internal static class RuntimeVariables
{
    /// <summary>With 0 the runtime makes no socket in /tmp by which it can be told to run other code.</summary>
    public const string Diagnostics = "DOTNET_EnableDiagnostics";

    /// <summary>Marks <see cref="Diagnostics"/>.</summary>
    public const string OwnDiagnostics = "AETERNA_OWN_DIAGNOSTICS";
}
