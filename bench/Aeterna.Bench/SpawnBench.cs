using System.Diagnostics;

namespace Aeterna.Bench;

/// <summary>From the wish for a generation to the execve of its command, with and without the spare launcher.</summary>
internal static class SpawnBench
{
    private const int Rounds = 20;
    private static readonly TimeSpan _untilSpareIsReady = TimeSpan.FromMilliseconds(400);

    public static async Task Run()
    {
        Program.Report("spawn to exec, no spare launcher", await Measure(spare: false).ConfigureAwait(false));
        Program.Report("spawn to exec, spare launcher", await Measure(spare: true).ConfigureAwait(false));
    }

    private static async Task<List<double>> Measure(bool spare)
    {
        List<double> times = [];
        for (var i = 0; i <= Rounds; i++)
        {
            await using var engine = new BenchEngine();
            if (spare)
            {
                engine.Host.Prepare();
                await Task.Delay(_untilSpareIsReady).ConfigureAwait(false);
            }

            var started = Stopwatch.GetTimestamp();
            engine.Start("/bin/sleep", "100");
            var taken = Stopwatch.GetElapsedTime(started);
            if (i > 0)
            {
                times.Add(taken.TotalMicroseconds); // The first one compiles the engine's side.
            }
        }

        return times;
    }
}
