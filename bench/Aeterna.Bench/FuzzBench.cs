using System.Diagnostics;
using Aeterna.Tests.StateHandoff;

namespace Aeterna.Bench;

/// <summary>A million mutated frames through the decoder. It ends with an exception, and the seed, when one does what none may.</summary>
internal static class FuzzBench
{
    private const int Frames = 1_000_000;
    private const int Round = 10_000;

    public static Task Run()
    {
        var seed = Environment.TickCount;
        List<double> times = [];
        for (var done = 0; done < Frames; done += Round)
        {
            var from = Stopwatch.GetTimestamp();
            Fuzz(seed + done);
            times.Add(Stopwatch.GetElapsedTime(from).TotalMicroseconds / Round);
        }

        Program.Report($"a mutated frame through the decoder, {Frames:N0} of them", times);
        return Task.CompletedTask;
    }

    private static void Fuzz(int seed)
    {
        try
        {
            FrameFuzz.Run(seed, Round);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"the decoder failed with seed {seed}", e);
        }
    }
}
