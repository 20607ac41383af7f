using Aeterna.Contract;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.StateHandoff;

/// <summary>Every way to give state and every way to take it, with a real engine and programs written from docs/srp.md alone.</summary>
public class HandoffTests
{
    private const string Receive = "if gen > 1:\n    note(take(receiver()))\n";

    [RootFact]
    public async Task A_provider_is_asked_and_a_receiver_gets_it_before_it_is_ready()
    {
        await using var engine = await StateEngine.Start(Receive + "provide(state)\nforever()\n", "enabled: true, timeout: 20s");
        for (var generation = 2; generation < 4; generation++)
        {
            var record = await engine.Reload();
            Assert.Equal((Verdict.Succeeded, "success"), (record.Verdict, record.Handover().Status));
            var got = await engine.Got(generation);
            Assert.Equal($$"""{"from":{{generation - 1}},"phase":"snapshot"}""", got);
            Assert.Equal(got.Length, record.Handover().SizeBytes);
            await engine.Up(generation);
        }

        var last = (await engine.Status()).LastHandover;
        Assert.Equal(("success", 29L), (last.Status, last.SizeBytes));
        Assert.Contains("by provider", last.Detail, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_receiver_that_stays_gets_the_last_changes_before_the_old_process_is_told_to_end()
    {
        await using var engine = await StateEngine.Start("""
            def leave(*_):
                open(folder + '/told-%d' % gen, 'w').close()
                os._exit(0)
            signal.signal(signal.SIGTERM, leave)
            if gen > 1:
                s = receiver(b'{"role":"receiver","final":true}')
                first = take(s)
                def rest():
                    last = take(s, ack=False)
                    note(first + last + str(os.path.exists(folder + '/told-1')))
                    s.sendall(frame(0xFF))
                threading.Thread(target=rest, daemon=True).start()
            provide(state)
            forever()
            """, "enabled: true");
        var record = await engine.Reload();
        Assert.Equal("""{"from":1,"phase":"snapshot"}{"from":1,"phase":"final"}False""", await engine.Got(2));
        Assert.Equal(("success", 55L), (record.Handover().Status, record.Handover().SizeBytes));
        Assert.Equal("exit code 0", record.OldExit);
    }

    [RootFact]
    public async Task A_caught_signal_makes_the_old_process_push()
    {
        await using var engine = await StateEngine.Start(Receive + """
            def push(*_):
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]) # It is told to end before it has read that all is well.
                s = connect()
                s.sendall(frame(4, b'pushed ') + frame(4, b'by %d' % gen) + frame(0xFF))
                note('acknowledged %s' % (receive(s),))
                signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
            signal.signal(signal.SIGUSR2, push)
            forever()
            """, "signal: SIGUSR2");
        var record = await engine.Reload();
        Assert.Equal("success", record.Handover().Status);
        Assert.Equal("pushed by 1", await engine.Got(2));
        Assert.Equal("acknowledged (255, b'')", await engine.Got(1));
    }

    [RootFact]
    public async Task A_signal_that_is_not_caught_is_not_sent()
    {
        await using var engine = await StateEngine.Start(Receive + "forever()\n", "signal: SIGUSR2, timeout: 30s");
        var record = await engine.Reload();
        Assert.Equal((Verdict.Succeeded, "none"), (record.Verdict, record.Handover().Status));
        Assert.Equal("", await engine.Got(2));
        Assert.Equal("killed by signal 15 (SIGTERM)", record.OldExit);
    }

    [RootFact]
    public async Task Nobody_has_state_costs_no_waiting()
    {
        await using var engine = await StateEngine.Start("forever()\n", "enabled: true, timeout: 60s");
        var record = await engine.Reload();
        Assert.Equal((Verdict.Succeeded, "none"), (record.Verdict, record.Handover().Status));
        Assert.True(record.Phases.Single(p => p.Name == "handoff").DurationMs < 1000);
    }

    [RootFact]
    public async Task The_first_process_that_asks_is_told_at_once_that_there_is_nothing()
    {
        await using var engine = await StateEngine.Start("note('<' + take(receiver()) + '>')\nforever()\n", "enabled: true, timeout: 60s");
        Assert.Equal("<>", await engine.Got(1));
    }

    [RootFact]
    public async Task Commands_export_and_import()
    {
        await using var engine = await StateEngine.Start(
            "forever()\n", "export: [/bin/sh, -c, \"head -c 3000000 /dev/zero; echo end\"], import: [/bin/sh, -c, \"wc -c > FOLDER/imported; sleep 0.1\"]");
        var record = await engine.Reload();
        Assert.Equal(("success", 3_000_004L), (record.Handover().Status, record.Handover().SizeBytes));
        Assert.Equal("3000004", (await File.ReadAllTextAsync(Path.Combine(engine.Folder, "imported"))).Trim());
    }

    [RootFact]
    public async Task A_plain_client_that_only_reads_to_the_end_works_too()
    {
        await using var engine = await StateEngine.Start("""
            if gen > 1:
                s, data = connect(), b''
                while True:
                    piece = s.recv(65536)
                    if not piece:
                        break
                    data += piece
                length = struct.unpack('>I', data[:4])[0]
                note(data[12:4 + length].decode())
            provide(state)
            forever()
            """, "enabled: true");
        var record = await engine.Reload();
        Assert.Equal("success", record.Handover().Status);
        Assert.Equal("""{"from":1,"phase":"snapshot"}""", await engine.Got(2));
    }

    [RootFact]
    public async Task A_reload_may_change_the_path()
    {
        await using var engine = await StateEngine.Start(Receive + "provide(state)\nforever()\n", "socket_path: FOLDER/one.sock");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(engine.Folder, "one.sock")));
        engine.Configure("""
            version: "v1"
            service: { name: "NAME", command: ["/usr/bin/env", "python3", "-S", "-u", "FOLDER/program.py", "FOLDER"], profile: none }
            orchestration: { strategy: immediate, state_handoff: { socket_path: FOLDER/two.sock } }
            """);
        var record = await engine.Reload();
        Assert.Equal("success", record.Handover().Status);
        Assert.Equal("""{"from":1,"phase":"snapshot"}""", await engine.Got(2));
        Assert.False(File.Exists(Path.Combine(engine.Folder, "one.sock")));
        Assert.True(File.Exists(Path.Combine(engine.Folder, "two.sock")));
    }

    [RootFact]
    public async Task A_shell_script_takes_part_with_the_srp_verbs()
    {
        await using var engine = await StateEngine.Start($$"""
            import subprocess
            note(subprocess.run(['{{Aeterna.Tests.EndToEnd.LiveEngine.Program}}', 'srp', 'receive'], capture_output=True, check=True).stdout.decode())
            def push(*_):
                script = subprocess.Popen(['{{Aeterna.Tests.EndToEnd.LiveEngine.Program}}', 'srp', 'send'], stdin=subprocess.PIPE)
                script.stdin.write(b'said in a shell')
                script.stdin.close()
            signal.signal(signal.SIGUSR2, push)
            forever()
            """, "signal: SIGUSR2, timeout: 30s");
        Assert.Equal("", await engine.Got(1));
        var record = await engine.Reload();
        Assert.True(record.Handover().Status == "success", engine.Log);
        Assert.Equal("said in a shell", await engine.Got(2));
    }

    [RootFact]
    public async Task The_client_of_the_page_in_another_language_works()
    {
        var page = File.ReadAllText(Repository.File("docs", "srp.md"));
        var from = page.IndexOf("```perl\n", StringComparison.Ordinal) + 8;
        var script = Path.Combine(Temp.Folder(), "receiver.pl");
        await File.WriteAllTextAsync(script, page[from..page.IndexOf("```", from, StringComparison.Ordinal)]);
        await using var engine = await StateEngine.Start($"""
            import subprocess
            if gen > 1:
                note(subprocess.run(['/usr/bin/perl', '{script}'], capture_output=True, check=True).stdout.decode())
            provide(state)
            forever()
            """, "timeout: 30s");
        var record = await engine.Reload();
        Assert.Equal("success", record.Handover().Status);
        Assert.Equal("""{"from":1,"phase":"snapshot"}""", await engine.Got(2));
        Directory.Delete(Path.GetDirectoryName(script)!, true);
    }
}
