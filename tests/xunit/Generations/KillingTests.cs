using System.Diagnostics;
using System.Globalization;
using Aeterna.Generations;
using Aeterna.Linux;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Generations;

/// <summary>Programs that start others faster than anybody can find them, without a control group around them.</summary>
[Collection(Alone.Name)]
public sealed class KillingTests
{
    private const int Most = 60;

    [RootTheory]
    // Each forks for ever; each is a session of its own; each goes on in a child and ends.
    [InlineData(0, "while True:\n try:\n  os.fork()\n except OSError: time.sleep(0.01)")]
    [InlineData(1, "while True:\n try:\n  if os.fork() == 0: os.setsid()\n except OSError: time.sleep(0.01)")]
    [InlineData(2, "[os.fork() for i in range(5)]\nwhile True:\n try:\n  if os.fork(): os._exit(0)\n  os.setpgid(0, 0)\n except OSError: time.sleep(0.01)")]
    public async Task None_is_left(int number, string bomb)
    {
        var folder = Temp.Folder();
        var user = 40_000 + (3 * (Environment.ProcessId % 5_000)) + number; // Its dead count until they are reaped.
        var start = new ProcessStartInfo(
            "setsid",
            [
                "setpriv", string.Create(CultureInfo.InvariantCulture, $"--reuid={user}"), "--regid=40000", "--clear-groups",
                "prlimit", string.Create(CultureInfo.InvariantCulture, $"--nproc={Most}"), "/usr/bin/python3", "-S", "-c", "import os, time\n" + bomb,
            ])
        { RedirectStandardError = true };
        start.Environment["AETERNA_INSTANCE_DIR"] = folder;
        using var process = Process.Start(start)!;
        var set = new ProcessSet(null, process.Id, folder);
        try
        {
            await Temp.Until(() => Alive(set) >= Most / 4, "there are many");

            Assert.True(await Task.Run(set.Kill));

            Assert.Equal(0, Alive(set));
        }
        finally
        {
            set.Kill();
            Directory.Delete(folder, true);
        }
    }

    [RootFact]
    public void What_cannot_be_ended_is_said()
    {
        // No process has that number.
        var killing = new Killing(() => [int.MaxValue]);

        Assert.False(killing.Run());
    }

    private static int Alive(ProcessSet set) => set.Pids().Count(p => ProcFs.Stat(p) is { State: not ('Z' or 'X') });
}
