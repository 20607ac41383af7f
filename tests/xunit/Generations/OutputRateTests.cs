using System.Text;
using Aeterna.Generations;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Generations;

/// <summary>What a service prints has a bound, a second and on disk.</summary>
public sealed class OutputRateTests
{
    [Theory]
    [InlineData(10, OutputRate.LinesPerSecond)]
    [InlineData(4096, OutputRate.CharactersPerSecond / 4096)]
    public void In_the_long_run_there_are_so_many_a_second(int length, int perSecond)
    {
        var time = new ManualTime();
        var rate = new OutputRate(time);
        var line = new string('x', length);
        var burst = Enumerable.Range(0, 20 * perSecond).Count(_ => rate.Admits(line, out long _));
        Assert.Equal(10 * perSecond, burst);

        time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.False(rate.Admits(line, out _)); // What was left out is said once a second at most.
        time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.True(rate.Admits(line, out var leftOut));
        Assert.Equal((10 * perSecond) + 1, leftOut);
        Assert.True(rate.Admits(line, out leftOut));
        Assert.Equal(0, leftOut);
        Assert.Equal(perSecond - 2, Enumerable.Range(0, 5 * perSecond).Count(_ => rate.Admits(line, out long _)));
    }

    [RootFact]
    public async Task A_service_that_prints_without_end_takes_no_more_of_the_disk_than_the_configuration_says()
    {
        const int size = 256 << 10;
        var folder = Temp.Folder();
        var name = LiveEngine.NewName();
        var run = $"/run/aeterna/{name}";
        await File.WriteAllTextAsync(Path.Combine(folder, "aeterna.yaml"), $$"""
            version: "v1"
            service: { name: "{{name}}", command: ["/usr/bin/env", "python3", "-S", "{{folder}}/program.py"], profile: none }
            observability: { metrics_port: off, log: { max_size: 256KiB, keep: 1 } }
            history: { directory: "{{folder}}/history" }
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "program.py"), """
            import os
            os.write(1, b'begin\n')
            left = 32 << 20
            while left:
                left -= os.write(1, b'x' * 4096)
            while True:
                os.write(2, b'again\n')
            """);
        try
        {
            Shell.Output(LiveEngine.Program, "start", "-c", Path.Combine(folder, "aeterna.yaml"), "--detach");
            await Temp.Until(
                () =>
                {
                    var files = new DirectoryInfo(run).GetFiles("engine.log*");
                    Assert.InRange(files.Length, 1, 2);
                    Assert.All(files, f => Assert.InRange(Length(f), 0, size));
                    return files.Length == 2 && files.Any(f => Read(f).Contains("lines of its output were left out here", StringComparison.Ordinal));
                },
                "the log says that it is not all");
            Assert.Contains("RUNNING", Shell.Output(LiveEngine.Program, "status", "-n", name), StringComparison.Ordinal);
        }
        finally
        {
            Shell.Output(LiveEngine.Program, "stop", "-n", name, "--now");
            Directory.Delete(folder, true);
        }
    }

    // It may be renamed meanwhile.
    private static long Length(FileInfo file)
    {
        file.Refresh();
        return file.Exists ? file.Length : 0;
    }

    private static string Read(FileInfo file)
    {
        try
        {
            using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return reader.ReadToEnd();
        }
        catch (FileNotFoundException)
        {
            return "";
        }
    }
}
