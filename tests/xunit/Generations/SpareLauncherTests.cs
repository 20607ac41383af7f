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
}
