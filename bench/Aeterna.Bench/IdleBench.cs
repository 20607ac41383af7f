using System.Diagnostics;
using System.Globalization;

namespace Aeterna.Bench;

/// <summary>What an engine with an idle service takes of memory.</summary>
internal static class IdleBench
{
    private static readonly TimeSpan _settle = TimeSpan.FromSeconds(3);

    public static async Task Run()
    {
        var folder = Directory.CreateTempSubdirectory("aet-").FullName;
        var file = Path.Combine(folder, "aeterna.yaml");
        File.WriteAllText(file, $$"""
            version: "v1"
            service: { name: "bench-{{Environment.ProcessId}}", command: ["/bin/sleep", "1000"] }
            observability: { metrics_port: "off" }
            history: { directory: "{{folder}}" }
            """);
        using var engine = Process.Start(
            new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "aeterna"), ["start", "-c", file]) { RedirectStandardError = true })!;
        engine.BeginErrorReadLine();
        await Task.Delay(_settle).ConfigureAwait(false);
        Console.WriteLine($"{"engine, idle: resident / of that its own (anonymous)",-52} {Field(engine.Id, "VmRSS"),8:F1} MB / {Field(engine.Id, "RssAnon"):F1} MB");
        using (var kill = Process.Start("/bin/kill", [$"{engine.Id}"]))
        {
            await kill.WaitForExitAsync().ConfigureAwait(false);
        }

        await engine.WaitForExitAsync().ConfigureAwait(false);
        Directory.Delete(folder, true);
    }

    private static double Field(int pid, string name) =>
        double.Parse(
            File.ReadAllLines($"/proc/{pid}/status").First(l => l.StartsWith(name, StringComparison.Ordinal)).Split(':')[1].Replace("kB", "", StringComparison.Ordinal),
            CultureInfo.InvariantCulture) / 1024;
}
