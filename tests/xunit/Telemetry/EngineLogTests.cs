using Aeterna.Telemetry;
using Aeterna.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Aeterna.Tests.Telemetry;

public class EngineLogTests
{
    [Fact]
    public void A_line_has_time_level_and_message() =>
        Assert.Equal("2026-11-22T09:45:12.123Z info  generation 1 serves\n", Format(LogLevel.Information, "generation 1 serves"));

    [Fact]
    public void The_journal_gets_a_priority() => Assert.Equal("<4>careful\n", Format(LogLevel.Warning, "careful", journald: true));

    [Fact]
    public void A_message_cannot_forge_a_line_nor_drive_a_terminal() =>
        Assert.Equal("<6>one\\n<3>two \\x1b[2J\\x9b\n", Format(LogLevel.Information, "one\n<3>two \u001b[2J\u009b", journald: true));

    [Fact]
    public void An_exception_is_one_line_too()
    {
        var line = Format(LogLevel.Error, "it broke", exception: new InvalidOperationException("a\nb"));

        Assert.EndsWith(@"error it broke: InvalidOperationException: a\nb" + "\n", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8:1234", "socket:[1234]", true)]
    [InlineData("8:1234", "socket:[234]", false)]
    [InlineData("8:1234", "/var/log/engine.log", false)]
    [InlineData("8:1234", null, false)]
    [InlineData(null, "socket:[1234]", false)]
    [InlineData("", "socket:[]", false)]
    public void The_journal_is_told_by_its_inode(string? variable, string? stderr, bool expected) =>
        Assert.Equal(expected, EngineLog.IsJournal(variable, stderr));

    [Theory]
    [InlineData("trace", LogLevel.Trace)]
    [InlineData("debug", LogLevel.Debug)]
    [InlineData("info", LogLevel.Information)]
    [InlineData("warning", LogLevel.Warning)]
    [InlineData("error", LogLevel.Error)]
    public void Levels(string word, LogLevel level) => Assert.Equal(level, EngineLog.Level(word));

    [Fact]
    public void A_line_may_be_JSON()
    {
        var line = new LineFormatter(LogFormat.Json, new SetTime()).Format(LogLevel.Warning, 4104, "gen 1 \u001b[1m says \"grün\"", new InvalidOperationException("a\nb"));

        Assert.Equal(
            """{"time":"2026-11-22T09:45:12.123+00:00","level":"warn","event":4104,"message":"gen 1 \\x1b[1m says \"grün\"","error":"InvalidOperationException: a\\nb"}""" + "\n",
            line);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_line_has_a_bound(bool control)
    {
        var line = Format(LogLevel.Information, new string(control ? '\u0001' : 'x', 100_000));

        Assert.InRange(line.Length, LineFormatter.LongestText, LineFormatter.LongestText + 50);
        Assert.EndsWith("…\n", line, StringComparison.Ordinal);
    }

    private static string Format(LogLevel level, string message, bool journald = false, Exception? exception = null) =>
        new LineFormatter(journald ? LogFormat.Journal : LogFormat.Text, new SetTime()).Format(level, 0, message, exception);
}
