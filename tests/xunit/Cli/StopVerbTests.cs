using System.Diagnostics;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Cli;

/// <summary><c>aeterna stop</c> says "stopped" only when the service is.</summary>
public sealed class StopVerbTests
{
    [RootFact]
    public async Task An_engine_that_dies_in_the_midst_of_a_stop_leaves_a_service_that_is_not_stopped()
    {
        await using var engine = await LiveEngine.Start("""
            version: "v1"
            service: { name: "NAME", command: ["/bin/sh", "-c", "trap '' TERM; echo $$ > FOLDER/pid; while :; do sleep 1; done"], profile: none }
            orchestration: { drain: { timeout: 10m } }
            """);
        var service = (await engine.Status()).CurrentPid;
        await Temp.Until(() => File.Exists(Path.Combine(engine.Folder, "pid")), "it does not end by SIGTERM any more");
        try
        {
            var start = new ProcessStartInfo(LiveEngine.Program, ["stop", "-n", engine.Name]) { RedirectStandardError = true, RedirectStandardOutput = true };
            using var stop = Process.Start(start)!;
            await engine.Until(s => s.FsmState == FsmState.Draining, "it drains");
            engine.Signal("KILL");

            var error = await stop.StandardError.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
            await stop.WaitForExitAsync();

            Assert.Equal(ExitCode.Failed, stop.ExitCode);
            Assert.Contains($"cannot say that {engine.Name} is stopped", error, StringComparison.Ordinal);
            Assert.Contains($"kill -9 {service}", error, StringComparison.Ordinal);
            Assert.Equal("", await stop.StandardOutput.ReadToEndAsync());
        }
        finally
        {
            _ = LibC.kill(-service, Signals.SIGKILL);
        }
    }

    [RootFact]
    public async Task A_service_that_is_gone_is_stopped()
    {
        await using var engine = await LiveEngine.Start("""
            version: "v1"
            service: { name: "NAME", command: ["/bin/sleep", "1000"], profile: none }
            """);

        Assert.Equal($"{engine.Name} is stopped\n", await Task.Run(() => Shell.Output(LiveEngine.Program, "stop", "-n", engine.Name)));
    }
}
