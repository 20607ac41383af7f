using System.Net;
using System.Net.Sockets;
using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>What programs that run one after the other leave behind, and what they look for at their start.</summary>
public class OneAfterTheOtherTests
{
    // Its child has no part in anything, ignores that its parent has gone, and ends when it is told to.
    private const string WithHelper = PythonSignals.EndOnTerm + """
        import socket, sys
        if os.fork() == 0:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
            os.execv('/bin/sh', ['sh', '-c', 'sleep 1000 & wait'])
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(64)
        threading.Event().wait()
        """;

    // Never at rest as long as it has a client.
    private const string Busy = PythonSignals.EndOnTerm + """
        import socket, sys
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(64)
        def serve(c):
            c.sendall(os.environ['AETERNA_GENERATION'].encode())
            while True: sum(range(1000))
        while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
        """;

    // As MariaDB: whoever answers at the path is taken for another one that runs.
    private const string Asking = PythonSignals.EndOnTerm + """
        import socket, sys
        path = sys.argv[1]
        try:
            socket.socket(socket.AF_UNIX).connect(path)
            sys.exit('another process is listening')
        except OSError: pass
        if os.path.exists(path): os.unlink(path)
        s = socket.socket(socket.AF_UNIX); s.bind(path); s.listen(64)
        while True:
            c, _ = s.accept(); c.close()
        """;

    [Fact]
    public async Task A_helper_that_is_left_behind_is_told_to_end_while_clients_wait()
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        File.WriteAllText(Path.Combine(folder, "helper.py"), WithHelper);
        await using var engine = await LiveEngine.Start(
            $$"""
            version: "v1"
            service: { name: "NAME", command: ["/usr/bin/python3", "-S", "FOLDER/helper.py", "{{port}}"] }
            orchestration: { canary: { traffic: sequential, soak_time: "100ms" }, drain: { timeout: "15s" } }
            """,
            folder);
        var record = await engine.Reload();
        Assert.True(record.Verdict == Verdict.Succeeded, $"{record.Message}\n{engine.Log}");
        Assert.Equal("exit code 0", record.OldExit);
        Assert.Contains(record.Phases, p => p is { Name: "drain", Outcome: "ok" }); // Nothing of it was killed.
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_helper_that_is_left_behind_is_told_to_end_at_a_stop(bool isLeftBefore)
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        File.WriteAllText(Path.Combine(folder, "helper.py"), WithHelper);
        await using var engine = await LiveEngine.Start(
            $$"""
            version: "v1"
            service: { name: "NAME", command: ["/usr/bin/python3", "-S", "FOLDER/helper.py", "{{port}}"] }
            orchestration: { canary: { traffic: split, soak_time: "100ms" }, drain: { timeout: "20m" } }
            """,
            folder);
        if (isLeftBefore)
        {
            // It outlives the process that has been replaced, as a session of sshd may, until somebody wants all to end.
            var first = (await engine.Status()).CurrentPid;
            await engine.BeginReload();
            await engine.Until(s => s.FsmState == FsmState.Draining, "the first one is told to end");
            await Temp.Until(() => !Directory.Exists($"/proc/{first}"), "the first one has ended");
            Assert.Equal(FsmState.Draining, (await engine.Status()).FsmState);
        }

        engine.Signal("TERM");
        Assert.Equal(0, await engine.Ended());
    }

    [Fact]
    public async Task Kept_connections_that_are_busy_do_not_hold_up_new_ones()
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        File.WriteAllText(Path.Combine(folder, "busy.py"), Busy);
        await using var engine = await LiveEngine.Start(
            $$"""
            version: "v1"
            service:
              name: "NAME"
              command: ["/usr/bin/python3", "-S", "FOLDER/busy.py", "{{port}}"]
              listeners: [{ name: l, address: "tcp://127.0.0.1:{{port}}", handoff: steered }]
            orchestration: { canary: { traffic: sequential, soak_time: "100ms" }, drain: { timeout: "20m" } }
            """,
            folder);
        using var kept = new TcpClient();
        await kept.ConnectAsync(IPAddress.Loopback, port);
        Assert.Equal((byte)'1', await Byte(kept)); // It has been accepted, and is sent to without an end.
        var record = await engine.Reload();
        Assert.True(record.Verdict == Verdict.Succeeded, $"{record.Message}\n{engine.Log}");
        Assert.Equal("exit code 0", record.OldExit);
        using var fresh = new TcpClient();
        await fresh.ConnectAsync(IPAddress.Loopback, port);
        Assert.Equal((byte)'2', await Byte(fresh));
    }

    private static async Task<byte> Byte(TcpClient client)
    {
        var buffer = new byte[1];
        await client.GetStream().ReadExactlyAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        return buffer[0];
    }

    [Theory]
    [InlineData("mariadb", Verdict.Succeeded)]
    [InlineData("none", Verdict.Failed)] // Nobody knows it of a program without a profile: its own sockets are held.
    public async Task A_program_that_asks_whether_somebody_listens_at_its_path_finds_nobody(string profile, string verdict)
    {
        var folder = Temp.Folder();
        File.WriteAllText(Path.Combine(folder, "asking.py"), Asking);
        await using var engine = await LiveEngine.Start(
            $$"""
            version: "v1"
            service: { name: "NAME", profile: {{profile}}, command: ["/usr/bin/python3", "-S", "FOLDER/asking.py", "FOLDER/s"] }
            orchestration: { canary: { traffic: sequential, soak_time: "100ms" } }
            restart: { policy: never }
            """,
            folder);
        var record = await engine.Reload();
        Assert.True(record.Verdict == verdict, $"{record.Message}\n{engine.Log}");
    }
}
