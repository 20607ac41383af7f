using Aeterna.Load;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>Descriptors, processes and files are counted before and after.</summary>
[Collection(Alone.Name)]
public class LeakTests
{
    private const int Rounds = 10;

    [Fact]
    public async Task A_generation_leaves_no_descriptor_process_or_file_behind()
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        rig.Host.Prepare();
        await Round(rig, port); // The first round makes what the runtime keeps for good.
        await Temp.Until(() => rig.Reaper.Count == 1, "only the spare launcher is left");
        var before = Temp.OpenDescriptors(); // After what earlier tests left to the finalizers is gone.
        for (var i = 0; i < Rounds; i++)
        {
            await Round(rig, port);
        }

        await Temp.Until(() => rig.Reaper.Count == 1, "only the spare launcher is left");

        // Other parts of this process may still open or close a few; a leak would show as many as there were rounds.
        await Temp.Until(() => Temp.OpenDescriptors() < before + Rounds, $"about {before} descriptors again");
        Assert.Empty(Directory.GetDirectories(rig.Directory));

        static async Task Round(Rig rig, int port)
        {
            var generation = rig.StartPython(CaptureTests.Server, "tcp", $"{port}");
            Assert.Null(await generation.WaitReady(Rig.Requires(Temp.Tcp(port)), default));
            generation.Signal(15);
            await generation.Gone.WaitAsync(TimeSpan.FromSeconds(60));
            await generation.DisposeAsync();
            rig.Listeners.Forget(generation.Number);
            rig.Listeners.ReleaseUnused();
        }
    }
}
