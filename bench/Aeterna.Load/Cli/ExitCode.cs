namespace Aeterna.Load.Cli;

/// <summary>Exit codes, the same as the engine's.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
}
