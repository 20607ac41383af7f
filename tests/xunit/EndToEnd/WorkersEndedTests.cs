using System.Globalization;
using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>The workers of a candidate end, and its master process lives on with all sockets open: it is ready, is alive, and answers nobody.</summary>
public class WorkersEndedTests
{
    /// <summary>nginx does not start workers anew that cannot come up, and its own test does not try what they do.</summary>
    [RootFact]
    public async Task An_nginx_without_workers_is_rolled_back_and_fails_no_request()
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        WebSite.Nginx(folder, port);
        await using var engine = await LiveEngine.Start(
            """
            version: "v1"
            service: { name: "NAME", command: ["/usr/sbin/nginx", "-c", "FOLDER/nginx.conf", "-e", "stderr"] }
            orchestration: { canary: { soak_time: "300ms" } }
            """,
            folder);
        using var stop = new CancellationTokenSource();
        var requests = WebSite.Request(port, stop.Token);
        WebSite.Nginx(folder, port, $"working_directory {folder}/nowhere;");
        var record = await engine.Reload();
        Assert.True(record.Verdict == Verdict.RolledBack, $"{record.Message}\n{engine.Log}");
        Assert.Contains("listening: no process of it waits for clients any more", record.Message, StringComparison.Ordinal);
        WebSite.Nginx(folder, port);
        record = await engine.Reload();
        Assert.True(record.Verdict == Verdict.Succeeded, $"{record.Message}\n{engine.Log}");
        await stop.CancelAsync();
        var (answered, failures) = await requests;
        Assert.True(answered > 50, $"{answered} requests");
        Assert.Empty(failures);
    }

    /// <summary>What the master does meanwhile differs.</summary>
    [RootTheory]
    [InlineData("split", "os.wait()\n    signal.pause()")]
    [InlineData("split", "time.sleep(0.1)")]
    [InlineData("split", "select.select([l], [], [], 0.2)")]
    [InlineData("split", "p = select.epoll(); p.register(l, select.EPOLLIN); p.poll()")]
    [InlineData("exclusive", "p = select.epoll(); p.register(l, select.EPOLLIN); p.poll()")]
    public async Task A_master_that_nobody_works_for_is_rolled_back(string traffic, string master)
    {
        var (port, folder) = (Ports.Next(), Temp.Folder());
        var broken = Path.Combine(folder, "broken");
        await using var engine = await LiveEngine.Start(PidServer.Yaml(
            $$"""
            import ctypes, os, select, signal, socket, time
            s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', {{port}}))
            l, r = socket.socketpair()
            if os.fork() == 0:
                ctypes.CDLL(None).prctl(1, signal.SIGKILL)
                if os.path.exists('{{broken}}'): os._exit(2)
                r.recv(1)
                while True:
                    c, _ = s.accept()
                    c.recv(1); c.sendall(b'%d\n' % os.getppid()); c.close()
            s.listen(); l.send(b'.')
            while True:
                {{master}}
            """,
            $"listeners: [{{ name: numbers, address: \"tcp://127.0.0.1:{port}\", handoff: shared }}]",
            $"canary: {{ traffic: {traffic}, soak_time: \"100ms\" }}"));
        var old = (await engine.Status()).CurrentPid;
        await Answers(old);
        File.WriteAllText(broken, "");
        var record = await engine.Reload();
        Assert.True(record.Verdict == Verdict.RolledBack, $"{record.Message}\n{engine.Log}");
        Assert.Contains("listening: ", record.Message, StringComparison.Ordinal);
        await Answers(old);
        File.Delete(broken);
        record = await engine.Reload();
        Assert.True(record.Verdict == Verdict.Succeeded, $"{record.Message}\n{engine.Log}");
        await Answers(record.NewPid!.Value);
        Directory.Delete(folder, true);

        async Task Answers(int pid)
        {
            using var talk = new PidServer.Talk(port);
            Assert.Equal(pid.ToString(CultureInfo.InvariantCulture), await talk.Ask());
        }
    }
}
