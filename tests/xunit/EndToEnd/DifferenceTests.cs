using System.Diagnostics;

using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>A short run of the test by difference; "make difference" makes a thousand streams of it.</summary>
public sealed class DifferenceTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(8);

    [Fact]
    public async Task Random_streams_give_the_messages_that_rsyslogd_alone_makes_of_them()
    {
        var start = new ProcessStartInfo("python3", [Repository.File("tests", "difference", "difference.py"), LiveEngine.Program, "--streams", "96", "--seconds", "40"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(_limit);
            Assert.True(process.ExitCode == 0, await output + await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
