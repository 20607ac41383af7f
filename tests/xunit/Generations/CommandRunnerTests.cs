using Aeterna.Generations;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Generations;

public sealed class CommandRunnerTests : IDisposable
{
    private static readonly TimeSpan _long = TimeSpan.FromSeconds(60);
    private readonly ChildReaper _reaper = new(reapOrphans: false);

    public void Dispose() => _reaper.Dispose();

    [Fact]
    public async Task Tells_exit_code_and_the_end_of_both_outputs()
    {
        var result = await Run(_long, "echo one; echo two >&2; echo $COLOUR; exit 7");
        Assert.Equal(7, result.Exit?.Code);
        Assert.False(result.Succeeded);
        Assert.Equal(["green", "one", "two"], result.OutputTail.Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Keeps_only_the_end_of_a_long_output()
    {
        var result = await Run(_long, "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done");
        Assert.True(result.Succeeded);
        Assert.EndsWith("line 19999", result.OutputTail, StringComparison.Ordinal);
        Assert.InRange(result.OutputTail.Length, 1000, 4096);
    }

    [Fact]
    public async Task Kills_the_command_and_its_children_at_the_timeout()
    {
        var folder = Temp.Folder();
        var result = await Run(TimeSpan.FromSeconds(1), $"sleep 1000 & echo $! > {folder}/pid; wait");
        Assert.True(result.TimedOut);
        Assert.Null(result.Exit);
        var pid = int.Parse(File.ReadAllText($"{folder}/pid"), System.Globalization.CultureInfo.InvariantCulture);
        await Temp.Until(() => Aeterna.Linux.ProcFs.Stat(pid) is null or { State: 'Z' }, "the grandchild is dead");
        Directory.Delete(folder, true);
    }

    [Theory]
    [InlineData("/no/such/program", "cannot run /no/such/program: no such file or directory")]
    [InlineData("no-such-program-anywhere", "cannot run no-such-program-anywhere: no such program on PATH")]
    [InlineData("/etc/passwd", "cannot run /etc/passwd: permission denied")]
    public async Task Says_why_a_command_cannot_be_started(string program, string why)
    {
        var result = await new CommandRunner(_reaper).Run([program], [], null, _long, default);
        Assert.StartsWith(why, result.StartError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_kills_the_command_before_it_throws()
    {
        using var cancel = new CancellationTokenSource();
        var run = new CommandRunner(_reaper).Run(["/bin/sleep", "1000"], [], null, _long, cancel.Token);
        await Temp.Until(() => _reaper.Count == 1, "the command runs");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal(0, _reaper.Count);
    }

    [Fact]
    public async Task A_command_gets_the_original_descriptor_limit_and_default_signals()
    {
        var result = await Run(_long, "ulimit -Sn; grep SigIgn /proc/$$/status | tr -d '\\t'");
        Assert.Equal([$"{StartLimits.NoFileSoft}", "SigIgn:0000000000000000"], result.OutputTail.Split('\n'));
    }

    private Task<CommandResult> Run(TimeSpan timeout, string script) =>
        new CommandRunner(_reaper).Run(["/bin/sh", "-c", script], ["COLOUR=green"], null, timeout, default);

    [Fact]
    public async Task Many_commands_that_end_at_once_are_all_told_apart()
    {
        var runs = Enumerable.Range(0, 200).Select(i => Run(_long, $"exit {i % 100}"));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => i % 100), (await Task.WhenAll(runs)).Select(r => r.Exit!.Value.Code));
    }
}
