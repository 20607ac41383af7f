using System.Diagnostics;
using Aeterna.Contract;

namespace Aeterna.Client;

/// <summary>Waits until an engine has been replaced, or was not. Meanwhile nobody answers for a moment.</summary>
internal static class EngineUpgrading
{
    private static readonly TimeSpan _askEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>An engine that does not answer for so long has gone.</summary>
    private static readonly TimeSpan _longestSilence = TimeSpan.FromSeconds(30);

    /// <summary>Waits for the end of an upgrade.</summary>
    /// <param name="client">Asks.</param>
    /// <param name="id">The upgrade's.</param>
    /// <param name="engine">The engine's process id before it was asked for: it stays in an upgrade.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <exception cref="EngineException">No engine answers any more, or one that knows nothing of it.</exception>
    public static async Task<UpgradeReport> Await(ControlClient client, string id, int engine, CancellationToken cancel)
    {
        var silence = Stopwatch.StartNew();
        while (true)
        {
            StatusReport? status = null;
            try
            {
                status = await client.Status(cancel).ConfigureAwait(false);
                if (status.LastUpgrade is { } report && report.Id == id)
                {
                    return report;
                }

                silence.Restart();
            }
            catch (EngineException e) when (e.Error is EngineError.Unreachable or EngineError.NotRunning or EngineError.Timeout && silence.Elapsed < _longestSilence)
            {
                // The one is gone, and the other is not there yet.
            }

            if (status is { EnginePid: var pid } && pid != engine)
            {
                throw new EngineException(EngineError.Unreachable, FormattableString.Invariant($"cannot upgrade: the engine (pid {engine}) died meanwhile; one of version {status.EngineVersion} has gone on (pid {pid})"));
            }

            await Task.Delay(_askEvery, cancel).ConfigureAwait(false);
        }
    }
}
