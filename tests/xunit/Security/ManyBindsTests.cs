using System.Diagnostics;
using System.Globalization;

using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;

using Xunit;
using Xunit.Abstractions;

namespace Aeterna.Tests.Security;

/// <summary>A service that binds and closes more sockets than the engine could ever hold; with AETERNA_FULL_SCALE=1 22,000 of them.</summary>
public class ManyBindsTests(ITestOutputHelper output)
{
    private const string Program = """
        import os, signal, socket, sys, time
        folder, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
        service = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); service.bind(('127.0.0.1', port))
        for i in range(count):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s: s.bind(('127.%d.%d.%d' % (80 + i // 62500, i // 250 % 250, i % 250 + 1), port))
        open(folder + '/bound-' + os.environ['AETERNA_GENERATION'], 'w').close()
        while True: signal.pause()
        """;

    [RootFact]
    public async Task Neither_the_engine_nor_what_comes_after_is_short_of_descriptors_for_it()
    {
        var count = Environment.GetEnvironmentVariable("AETERNA_FULL_SCALE") == "1" ? 22_000 : 1500;
        var (folder, port) = (Temp.Folder(), Ports.Next());
        File.SetUnixFileMode(folder, (UnixFileMode)0x1FF);
        File.WriteAllText($"{folder}/binds.py", Program);

        // At full scale with the usual limit of a service manager's; otherwise with as few as are used up as soon.
        await using var engine = LiveEngine.LaunchUnder(
            ["setpriv", "--bounding-set=-sys_resource", "prlimit", count > 10_000 ? "--nofile=16384:16384" : "--nofile=1024:1024"],
            string.Create(CultureInfo.InvariantCulture, $$"""
                version: "v1"
                service: { name: "NAME", user: nobody, profile: none, command: ["/usr/bin/python3", "-S", "FOLDER/binds.py", "FOLDER", "{{port}}", "{{count}}"] }
                orchestration: { startup: { timeout: "5m" }, canary: { soak_time: "100ms" } }

                """), folder);
        await engine.Until(s => s.FsmState == FsmState.Running, "the first generation serves");
        var watch = Stopwatch.StartNew();
        for (var generation = 1; generation <= 2; generation++)
        {
            await Temp.Until(() => File.Exists($"{folder}/bound-{generation}"), "all was bound");
            output.WriteLine($"generation {generation}: {count} binds, {watch.Elapsed.TotalSeconds:F1} s");
            await engine.Until(s => s.Listeners.Count == 1, "what was closed is let go of");
            if (generation == 1)
            {
                var reload = await engine.Reload();
                Assert.True(reload.Verdict == Verdict.Succeeded, reload.Message);
            }
        }

        var service = (await engine.Status()).CurrentPid;
        Assert.Equal(202, (await engine.Ask(HttpMethod.Post, Routes.Stop)).Status);
        Assert.Equal(0, await engine.Ended());
        Assert.False(ProcFs.Runs(service));
    }
}
