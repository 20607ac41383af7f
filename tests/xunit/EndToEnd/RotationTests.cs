using System.Net;
using System.Net.Sockets;
using System.Text;
using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>Log files that are rotated while two rsyslogds are there: whichever serves afterwards writes to the new file.</summary>
public class RotationTests
{
    [RootFact]
    public async Task One_that_was_parked_opens_the_file_anew_when_it_comes_back()
    {
        foreach (var traffic in new[] { "exclusive", "split" })
        {
            var (engine, port, log) = await Start($"{{ soak_time: 300ms, traffic: {traffic} }}");
            await using (engine)
            {
                await engine.Reload();
                await Arrives(port, log, "before");
                Rotate(log);

                // As by a logrotate script that knows one process id: only the one that serves hears of it.
                Assert.Equal(0, LibC.kill((await engine.Status()).CurrentPid, 1));
                await Arrives(port, log, "rotated");
                Assert.Equal(202, (await engine.Ask(HttpMethod.Post, Routes.Rollback)).Status);
                await engine.Until(s => s.FsmState == FsmState.Running && s.Generation == 1, "the first serves again");
                await Arrives(port, log, "back");
            }
        }
    }

    [RootFact]
    public async Task The_signal_reaches_all_of_them()
    {
        var (engine, port, log) = await Start("{ soak_time: 300ms }");
        await using (engine)
        {
            await Arrives(port, log, "before");
            await engine.Reload();
            Rotate(log);
            var (status, body) = await engine.Ask(HttpMethod.Post, Routes.Signal, """{"signal":"HUP"}""");
            Assert.Equal(200, status);
            Assert.Contains("\"waits\"", body, StringComparison.Ordinal);
            Assert.Contains("\"sent\"", body, StringComparison.Ordinal);
            await Arrives(port, log, "rotated");
            Assert.Equal(409, (await engine.Ask(HttpMethod.Post, Routes.Signal, """{"signal":"SIGWINCH"}""")).Status);
        }
    }

    private static async Task<(LiveEngine Engine, int Port, string Log)> Start(string canary)
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        var log = Path.Combine(folder, "out.log");
        File.WriteAllText(Path.Combine(folder, "rsyslog.conf"), $$"""
            global(workDirectory="{{folder}}")
            module(load="imtcp")
            input(type="imtcp" address="127.0.0.1" port="{{port}}")
            template(name="line" type="string" string="%msg%\n")
            action(type="omfile" file="{{log}}" template="line")
            """);
        var engine = await LiveEngine.Start($$"""
            version: "v1"
            service: { name: "NAME", command: ["/usr/sbin/rsyslogd", "-n", "-f", "{{folder}}/rsyslog.conf"] }
            orchestration: { canary: {{canary}}, drain: { timeout: "10s", keep_warm: "10m" } }
            """, folder);
        return (engine, port, log);
    }

    private static void Rotate(string log)
    {
        File.Delete(log + ".1");
        File.Move(log, log + ".1");
    }

    // A message that comes in before the signal was handled goes to the old file still, as without an engine: so until one is in the new one.
    private static async Task Arrives(int port, string log, string word)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        for (var i = 0; !(File.Exists(log) && File.ReadAllText(log).Contains(word, StringComparison.Ordinal)); i++)
        {
            Assert.True(i < 300, $"{word} goes to the old file");
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"<13>Nov 29 10:00:00 host test: {word} {i}\n"));
            await Task.Delay(100);
        }
    }
}
