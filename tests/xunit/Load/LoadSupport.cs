using System.Diagnostics;
using Aeterna.Load.Running;
using Xunit;

namespace Aeterna.Tests.Load;

/// <summary>Runs of the load generator that end when something has been seen.</summary>
internal static class LoadSupport
{
    private static readonly TimeSpan _generous = TimeSpan.FromSeconds(30);

    /// <summary>Lets a plan run until its report fulfils a condition, then stops it; returns the final report.</summary>
    public static async Task<LoadReport> RunUntil(LoadPlan plan, Predicate<LoadReport> seen)
    {
        await using var run = LoadRun.Start(plan);
        await Until(() => seen(run.Report()));
        await run.Stop();
        return run.Report();
    }

    public static async Task Until(Func<bool> condition)
    {
        for (var begun = Stopwatch.GetTimestamp(); !condition(); await Task.Delay(5))
        {
            Assert.True(Stopwatch.GetElapsedTime(begun) < _generous, "nothing of the kind happened in half a minute");
        }
    }
}
