using Aeterna.Linux;

using Xunit;

namespace Aeterna.Tests.Linux;

/// <summary>What the kernel may print in the files of /proc that are read, and what it never should.</summary>
public class ProcTextTests
{
    private const string Fields = "S 17 42 43 0 -1 4194560 1 2 3 4 250 50 7 8 20 0 2 0 98765 1000000 300 18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 0 0\n";

    [Theory]
    [InlineData("rsyslogd")]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData(") S 1 1 (")]
    [InlineData("(((")]
    [InlineData("two\nlines")]
    [InlineData("\uFFFD\uFFFD")]
    public void The_name_in_stat_may_be_anything(string name)
    {
        var text = $"4711 ({name}) {Fields}";
        var stat = ProcStat.Parse(text)!.Value;
        Assert.Equal(('S', 17, 43, 98765L), (stat.State, stat.Parent, stat.Session, stat.StartTicks));
        Assert.Equal((TimeSpan.FromSeconds(3), 300L * Environment.SystemPageSize), (stat.Cpu, stat.RssBytes));
        Assert.Equal('S', ProcThreads.Parse(text, out var found));
        Assert.Equal(name, found);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("4711")]
    [InlineData("4711 (rsyslogd)")]
    [InlineData("4711 (rsyslogd) ")]
    [InlineData("4711 (rsyslogd) S 1 2")]
    [InlineData("4711 (rsyslogd) S x 42 43 0 -1 4194560 1 2 3 4 250 50 7 8 20 0 2 0 98765 1000000 300\n")]
    [InlineData("4711 (rsyslogd) S 1 42 43 0 -1 4194560 1 2 3 4 250 50 7 8 20 0 2 0 98765 1000000 99999999999999999999\n")]
    public void A_text_that_is_no_stat_is_none(string text)
    {
        Assert.Null(ProcStat.Parse(text));
        ProcThreads.Parse(text, out _); // No exception.
    }

    [Theory]
    [InlineData("running\n", -1, -1)]
    [InlineData("-1 0x7ffd0000 0x7f0000\n", -1, -1)]
    [InlineData("0 0x7 0x7ffd 0x10 0x0 0x0 0x0 0x7ffd00 0x7f00\n", 0, 7)]
    [InlineData("232 0xffffffff 0x1 0x2 0x3 0x4 0x5 0x6 0x7\n", 232, -1)]
    [InlineData("202 0xffffffffffffffff 0x1 0x2 0x3 0x4 0x5 0x6 0x7\n", 202, -1)]
    [InlineData("0 7 8 9 10 11 12 13\n", -1, -1)]
    [InlineData("0 0xg 8 9 10 11 12 13\n", -1, -1)]
    [InlineData("", -1, -1)]
    public void The_call_of_a_thread(string text, int number, int argument)
    {
        var arguments = new ulong[6];
        Assert.Equal(number, ProcThreads.Call(text, arguments));
        Assert.Equal(argument, number < 0 ? -1 : unchecked((int)arguments[0]));
    }

    [Fact]
    public void A_process_of_another_pid_namespace_is_left_out_of_a_control_group() =>
        Assert.Equal([12, 13], Cgroup.Numbers(["12", "0", "13", "", "x", "-1", "99999999999"]));
}
