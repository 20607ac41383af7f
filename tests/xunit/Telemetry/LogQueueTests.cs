using System.Text;
using Aeterna.Telemetry;
using Aeterna.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Aeterna.Tests.Telemetry;

public sealed class LogQueueTests
{
    [Fact]
    public void While_nobody_takes_the_lines_they_wait_within_a_bound_and_the_log_says_how_many_were_dropped()
    {
        const int lines = 2000;
        var line = new string('x', 10_000);
        using var begun = new ManualResetEventSlim();
        using var taken = new ManualResetEventSlim();
        var written = new StringBuilder();
        using (var queue = new LogQueue(
            new LineFormatter(LogFormat.Text, new SetTime()),
            bytes =>
            {
                begun.Set();
                taken.Wait();
                written.Append(Encoding.UTF8.GetString(bytes));
            }))
        {
            var log = queue.CreateLogger("x");
            Say(log, "first");
            begun.Wait();
            for (var i = 0; i < lines; i++)
            {
                Say(log, line);
            }

            taken.Set();
        }

        Assert.InRange(written.Length, LogQueue.MostWaiting / 2, LogQueue.MostWaiting + 1000);
        var all = written.ToString().TrimEnd('\n').Split('\n');
        Assert.Contains("first", all[0], StringComparison.Ordinal);
        Assert.EndsWith($"{lines - (all.Length - 2)} lines were dropped: the log was not written fast enough", all[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_is_full_costs_lines_and_nothing_else()
    {
        var tries = 0;
        using var again = new ManualResetEventSlim();
        using var queue = new LogQueue(
            new LineFormatter(LogFormat.Text, new SetTime()),
            _ =>
            {
                if (Interlocked.Increment(ref tries) > 1)
                {
                    again.Set();
                }

                throw new IOException("no space left");
            });
        var log = queue.CreateLogger("x");
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                Say(log, "line");
                return again.IsSet;
            },
            TimeSpan.FromSeconds(30)));
    }

    private static void Say(ILogger log, string text) => log.Log(LogLevel.Information, default, text, null, (said, _) => said);
}
