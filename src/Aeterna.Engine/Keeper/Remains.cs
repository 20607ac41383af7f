using System.Diagnostics;
using Aeterna.Linux;

namespace Aeterna.Keeper;

/// <summary>What is left of a service whose engine has ended, and that nobody is to go on with.</summary>
internal static class Remains
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(50);

    /// <summary>Ends all children of this process, and those that come to it meanwhile: by SIGTERM, and then by SIGKILL.</summary>
    public static void End()
    {
        foreach (var signal in new[] { Signals.SIGTERM, Signals.SIGKILL })
        {
            for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < _patience;)
            {
                while (Wait.ReapAny() is not null)
                {
                }

                var left = ProcFs.Children(Environment.ProcessId).ToList();
                if (left.Count == 0)
                {
                    return;
                }

                left.ForEach(pid => _ = LibC.kill(pid, signal));
                Thread.Sleep(_look);
            }
        }
    }
}
