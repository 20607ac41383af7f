namespace Aeterna.Bench;

/// <summary>Timings of the engine's parts on this machine, as a table. Nothing here passes or fails.</summary>
internal static class Program
{
    private static readonly (string Name, Func<Task> Run)[] _benches =
    [
        ("spawn", SpawnBench.Run),
        ("bind", BindBench.Run),
        ("fuzz", FuzzBench.Run),
        ("state", StateBench.Run),
    ];

    /// <summary>Runs all, or those that are named.</summary>
    private static async Task<int> Main(string[] names)
    {
        foreach (var (_, run) in _benches.Where(b => names.Length == 0 || names.Contains(b.Name)))
        {
            await run().ConfigureAwait(false);
        }

        return 0;
    }

    /// <summary>One line of the table.</summary>
    public static void Report(string what, IReadOnlyList<double> microseconds)
    {
        var sorted = microseconds.Order().ToArray();
        Console.WriteLine(
            $"{what,-52} p50 {At(sorted, 0.50),10:F1} µs   p99 {At(sorted, 0.99),10:F1} µs   max {sorted[^1],10:F1} µs   n={sorted.Length}");
    }

    private static double At(double[] sorted, double quantile) => sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * quantile))];
}
