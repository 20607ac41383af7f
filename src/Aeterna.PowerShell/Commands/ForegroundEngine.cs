using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.PowerShell.Engines;

namespace Aeterna.PowerShell.Commands;

/// <summary>An engine in the shell's own terminal. A terminal's Ctrl-C reaches it by itself; any other stop is passed on.</summary>
internal static class ForegroundEngine
{
    public static void Run(ControlClient client, EngineLocation location, IReadOnlyList<string> verb, CancellationToken stopped)
    {
        using var engine = EngineProgram.Start([.. verb, "-c", location.ConfigPath], redirect: false);
        try
        {
            engine.WaitForExitAsync(stopped).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            AskToStop(client);
            engine.WaitForExit();
            throw;
        }

        if (engine.ExitCode != ExitCode.Done)
        {
            throw new EngineException(
                EngineError.StartFailed, FormattableString.Invariant($"the engine of {location.Service} ended with exit code {engine.ExitCode} (what it said is above)"));
        }
    }

    private static void AskToStop(ControlClient client)
    {
        try
        {
            client.Stop(now: false, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (EngineException)
        {
            // It is stopping already, or gone.
        }
    }
}
