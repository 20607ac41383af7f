using System.Diagnostics;
using System.Net.Sockets;
using Aeterna.Contract;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.StateHandoff;

/// <summary>Whatever goes wrong costs at most the state: the service goes on, within the timeout, and the record says what it was.</summary>
public class FailureTests
{
    private const string Receive = "if gen > 1:\n    note(take(receiver()))\n";

    [RootTheory]
    [InlineData("os.kill(os.getpid(), 9)", "closed the connection|killed by signal 9")]
    [InlineData("s.sendall(frame(2, b'x' * 100)[:60]); os.kill(os.getpid(), 9)", "middle of a frame|killed by signal 9")]
    [InlineData("s.sendall(b'\\0\\0\\0\\x0aGET ')", "wrong magic 0x47455420")]
    [InlineData("s.sendall(b'\\xff\\xff\\xff\\xff')", "length 4294967295")]
    [InlineData("s.sendall(frame(4, b'x' * 60) + frame(4, b'x' * 60) + frame(0xFF))", "more than state_handoff.max_bytes")]
    [InlineData("s.sendall(frame(6, b'{}'))", "type 0x06 in place of state")]
    [InlineData("s.sendall(frame(5, b'{\"size\":1}'))", "without a descriptor")]
    [InlineData("s.sendall(frame(0x7F, b'{\"code\":\"c\",\"message\":\"I forgot\"}'))", "gave up: I forgot")]
    [InlineData("s.close()", "closed the connection")]
    [InlineData("[(s.sendall(b), time.sleep(1)) for b in [bytes([x]) for x in frame(2, b'x' * 90)]]", "state_handoff.timeout of 1s was over while the engine waited for the old process's state", "1s")]
    public async Task The_old_process_fails_in_giving(string act, string why, string timeout = "1m")
    {
        await using var engine = await StateEngine.Start(
            Receive + $"def give(s, phase):\n    {act}\nprovide(give)\nforever()\n", $"timeout: {timeout}, max_bytes: 100");
        var record = await engine.Reload();
        Assert.Equal((Verdict.Succeeded, "failed"), (record.Verdict, record.Handover().Status));
        Assert.Matches(why, record.Handover().Detail);
        Assert.Matches("^(ERROR .*|EOF|)$", await engine.Got(2));
        await engine.Up(2);
        await Serves(engine, 2);
    }

    [RootTheory]
    [InlineData("", "the engine waited for the new process to connect to", "1s")]
    [InlineData("if gen > 1:\n    keep = receiver()\n", "the engine waited for the new process to acknowledge", "1s")]
    [InlineData("if gen > 1:\n    s = receiver()\n    receive(s)\n    s.close()\n", "closed the connection without an Ack|broke the connection off")]
    [InlineData("if gen > 1:\n    s = receiver()\n    receive(s)\n    s.sendall(b'HTTP/1.1 200 OK')\n", "sent a frame with length|wrong magic")]
    public async Task The_new_process_fails_in_taking(string program, string why, string timeout = "1m")
    {
        await using var engine = await StateEngine.Start(program + "provide(state)\nforever()\n", $"timeout: {timeout}");
        var record = await engine.Reload();
        Assert.Equal((Verdict.Succeeded, "failed"), (record.Verdict, record.Handover().Status));
        Assert.Matches(why, record.Handover().Detail);
        Assert.Equal("failed", record.Phases.Single(p => p.Name == "handoff").Outcome);
        await Serves(engine, 2);
    }

    [RootFact]
    public async Task A_required_handoff_that_fails_rolls_the_reload_back()
    {
        await using var engine = await StateEngine.Start("provide(state)\nforever()\n", "timeout: 500ms, required: true");
        var record = await engine.Reload();
        Assert.Equal(Verdict.RolledBack, record.Verdict);
        Assert.Contains("new process to connect", record.Message, StringComparison.Ordinal);
        await Serves(engine, 1);
    }

    [RootFact]
    public async Task A_second_provider_is_refused_and_the_first_one_stays()
    {
        await using var engine = await StateEngine.Start(Receive + """
            provide(state)
            if gen == 1:
                while not os.path.exists(folder + '/go'): time.sleep(0.01)
                s = connect()
                s.sendall(frame(1, b'{"role":"provider"}'))
                note(receive(s)[1].decode())
            forever()
            """, "timeout: 5s", isUp: false);
        await Temp.Until(() => engine.Log.Contains("of generation 1 gives its state", StringComparison.Ordinal), "the first one is known");
        File.WriteAllText(Path.Combine(engine.Folder, "go"), "");
        Assert.Contains("has a provider already", await engine.Got(1), StringComparison.Ordinal);
        var record = await engine.Reload();
        Assert.Equal("success", record.Handover().Status);
    }

    /// <summary>Its end and its new beginning come to the engine on two connections, and may be seen in either order.</summary>
    [RootFact]
    public async Task A_provider_that_closes_and_comes_again_is_no_second_one()
    {
        await using var engine = await StateEngine.Start(Receive + """
            for turn in range(10):
                for i in range(20): # Fewer than there may be at a time.
                    s = connect()
                    s.sendall(frame(1, b'{"role":"provider"}'))
                    s.close()
                while not os.path.exists(f'{sys.argv[1]}/{turn}'): time.sleep(0.01)
            provide(state)
            forever()
            """, "timeout: 60s", isUp: false);
        for (var turn = 0; turn < 10; turn++)
        {
            await Temp.Until(() => Known(engine) == 20 * (turn + 1), "all of them are known");
            File.WriteAllText(Path.Combine(engine.Folder, $"{turn}"), "");
        }

        await Temp.Until(() => Known(engine) == 201, "the last one is known");
        var record = await engine.Reload();
        Assert.True(record.Handover().Status == "success", $"{record.Handover().Detail}\n{engine.Log}");
        Assert.DoesNotContain("has a provider already", engine.Log, StringComparison.Ordinal);
    }

    private static int Known(LiveEngine engine) => engine.Log.Split("of generation 1 gives its state").Length - 1;

    [RootFact]
    public async Task A_process_of_no_generation_is_refused()
    {
        await using var engine = await StateEngine.Start("forever()\n", "socket_path: FOLDER/s.sock");
        using var stranger = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await stranger.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(engine.Folder, "s.sock")));
        await using var stream = new NetworkStream(stranger);
        using var all = new MemoryStream();
        await stream.CopyToAsync(all).Bounded();
        var (frames, error) = Frames.Decode([all.ToArray()]);
        Assert.Null(error);
        Assert.Contains("belongs to no generation", System.Text.Encoding.UTF8.GetString(Assert.Single(frames).Payload), StringComparison.Ordinal);
        await Serves(engine, 1);
    }

    [RootFact]
    public async Task Only_a_stale_socket_file_is_replaced()
    {
        var folder = Temp.Folder();
        var path = Path.Combine(folder, "s.sock");
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(path));
        }

        await using var first = await StateEngine.Start("provide(state)\nforever()\n", $"socket_path: {path}");
        var inode = Aeterna.Linux.FileStatus.Of(path)!.Value.Inode;
        await using var second = await StateEngine.Start("note(str(path))\nforever()\n", $"socket_path: {path}, export: [/bin/echo, state], timeout: 5s");
        var record = await second.Reload();
        Assert.Equal((Verdict.Succeeded, "failed"), (record.Verdict, record.Handover().Status));
        Assert.Contains("another process listens on it", record.Handover().Detail, StringComparison.Ordinal);
        Assert.Equal("None", await second.Got(2));
        Assert.Contains("another process listens on it", Assert.Single((await second.Status()).Warnings), StringComparison.Ordinal);
        Assert.Equal(inode, Aeterna.Linux.FileStatus.Of(path)!.Value.Inode);
    }

    [RootFact]
    public async Task A_failing_command_says_how_it_failed()
    {
        await using var engine = await StateEngine.Start(
            "forever()\n", "export: [/bin/sh, -c, \"echo half; exit 3\"], import: [/bin/cat], timeout: 5s");
        var record = await engine.Reload();
        Assert.Equal("failed", record.Handover().Status);
        Assert.Contains("export command /bin/sh failed: exit code 3", record.Handover().Detail, StringComparison.Ordinal);
    }

    private static async Task Serves(LiveEngine engine, int generation)
    {
        var status = await engine.Until(s => s.FsmState == FsmState.Running, "it runs");
        Assert.Equal(generation, status.Generation);
        using var process = Process.GetProcessById(status.CurrentPid);
        Assert.False(process.HasExited);
    }
}
