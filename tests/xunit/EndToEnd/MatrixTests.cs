using System.Diagnostics;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>
/// The programs that are used most, and one whose sockets are registered with epoll before they are bound, under load:
/// three reloads, and one that is rolled back. What fails or is lost beyond what the program's row says
/// is a failure. "make matrix" tries all, and beside their own ways to reload.
/// </summary>
[Collection(Alone.Name)]
public class MatrixTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    [RootTheory]
    [InlineData("rsyslog")]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    [InlineData("apache2")]
    [InlineData("redis")]
    [InlineData("boost-asio")]
    public async Task Clients_of_a_program_see_no_more_of_its_reloads_than_its_row_says(string program)
    {
        // A network of its own: the programs have ports that others might get.
        string[] words = [Repository.File("bench", "matrix", "matrix.py"), "--only-aeterna", "--soak", "500ms", program];
        var start = new ProcessStartInfo(Repository.File("tests", "apart.sh"), words) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["AETERNA"] = LiveEngine.Program;
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
