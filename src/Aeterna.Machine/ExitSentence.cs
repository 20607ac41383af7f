namespace Aeterna.Machine;

/// <summary>An exit as the end of a sentence.</summary>
internal static class ExitSentence
{
    /// <summary>As in "ended with exit code 1" or "was killed by signal 9 (SIGKILL)".</summary>
    public static string Of(ProcessExit exit) => exit.Signal == 0 ? $"ended with {exit}" : $"was {exit}";
}
