using Aeterna.Linux;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Generations;

[Collection(Alone.Name)]
public class SpareLauncherTests
{
    [Fact]
    public async Task A_start_works_although_the_spare_launcher_was_killed()
    {
        await using var rig = new Rig();
        rig.Host.Prepare();
        await Temp.Until(() => rig.Reaper.Count == 1, "the spare launcher runs");
        foreach (var pid in ProcFs.Processes().Where(p => ProcFs.Stat(p)?.Parent == Environment.ProcessId && ProcFs.Environ(p).Length > 0
            && File.ReadAllText($"/proc/{p}/cmdline").Contains("__launch", StringComparison.Ordinal)))
        {
            _ = LibC.kill(pid, Signals.SIGKILL);
        }

        Assert.True((await rig.Start("/bin/true").Exited.WaitAsync(TimeSpan.FromSeconds(60))).Clean);
    }

    [Fact]
    public async Task No_signal_that_is_meant_for_the_program_ends_the_launcher_before_it_is_one()
    {
        await using var rig = new Rig();
        rig.Host.Prepare();
        var spare = 0;
        await Temp.Until(
            () => (spare = ProcFs.Processes().FirstOrDefault(p => ProcFs.Stat(p)?.Parent == Environment.ProcessId
                && ProcFs.CommandLine(p).Contains("__launch") && Ignores(p, Signals.SIGHUP))) != 0,
            "the spare launcher waits");
        foreach (var signal in new[] { Signals.SIGHUP, 10, 12, Signals.SIGTERM, Signals.SIGINT })
        {
            _ = LibC.kill(spare, signal);
        }

        var generation = rig.Start("/bin/sleep", "1000");
        Assert.Equal(spare, generation.Pid);
        Assert.False(Ignores(spare, Signals.SIGHUP));
        Assert.False(generation.Exited.IsCompleted);
    }

    private static bool Ignores(int pid, int signal) =>
        ulong.TryParse(ProcFs.StatusField(pid, "SigIgn"), System.Globalization.NumberStyles.HexNumber, null, out var set) && (set & (1ul << (signal - 1))) != 0;
}
