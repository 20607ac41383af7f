using Aeterna.Contract;
using Aeterna.StateHandoff;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.StateHandoff;

/// <summary>Who gives and who takes is known from the generation and from what it was asked, not from how fast it speaks.</summary>
public class RoleTests
{
    // More than the time in which a process usually says who it is.
    private const string Slowly = "time.sleep(1.3)\n";

    private const string Receive = "if gen > 1:\n    note(take(receiver()))\n";

    [RootFact]
    public async Task One_that_was_asked_by_its_signal_may_take_its_time_before_it_says_anything()
    {
        await using var engine = await StateEngine.Start(Receive + """
            def push(*_):
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]) # It is told to end before it has read that all is well.
                s = connect()
                time.sleep(2.5)
                s.sendall(frame(4, b'late by %d' % gen) + frame(0xFF))
                note('acknowledged %s' % (receive(s),))
                signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
            signal.signal(signal.SIGUSR2, push)
            forever()
            """, "signal: SIGUSR2, timeout: 30s");

        var record = await engine.Reload();

        Assert.True(record.Handover().Status == "success", record.Handover().Detail);
        Assert.Equal("late by 1", await engine.Got(2));
        Assert.Equal("acknowledged (255, b'')", await engine.Got(1));
    }

    [RootFact]
    public async Task One_that_is_slow_at_every_step_gives_and_takes()
    {
        await using var engine = await StateEngine.Start($"""
            def slowly():
                {Slowly}
            if gen > 1:
                s = connect()
                slowly()
                s.sendall(frame(1, b'{HelloOf("receiver")}'))
                got = ''
                while True:
                    slowly()
                    kind, payload = receive(s)
                    if kind == 0xFF:
                        break
                    got += payload.decode()
                slowly()
                s.sendall(frame(0xFF))
                slowly()
                s.close()
                note(got)
            def push(*_):
                signal.signal(signal.SIGTERM, signal.SIG_IGN) # It is told to end before it has read that all is well.
                slowly()
                s = connect()
                for f in [frame(2, b'one '), frame(2, b'two '), frame(4, b'three '), frame(4, b'four'), frame(0xFF)]:
                    slowly()
                    s.sendall(f[:14])
                    slowly()
                    s.sendall(f[14:])
                slowly()
                note('acknowledged %s' % (receive(s),))
            signal.signal(signal.SIGUSR2, push)
            forever()
            """, "signal: SIGUSR2, timeout: 60s");

        var record = await engine.Reload();

        Assert.True(record.Handover().Status == "success", record.Handover().Detail);
        Assert.Equal("one two three four", await engine.Got(2));
        Assert.Equal("acknowledged (255, b'')", await engine.Got(1));
    }

    // No Hello, one State frame, close; and a taker that says nothing either, but acknowledges what it read at once and closes.
    [RootTheory]
    [InlineData("s.close()", "s.sendall(frame(0xFF)); s.close()")]
    [InlineData("s.close()", "s.close()")]
    [InlineData("s.shutdown(socket.SHUT_WR); receive(s)", "s.sendall(frame(0xFF)); receive(s); s.close()")]
    [InlineData("receive(s)", "s.sendall(frame(0xFF)); s.close()")]
    public async Task Clients_in_the_manner_of_the_original_page(string giverEnds, string takerEnds)
    {
        await using var engine = await StateEngine.Start($"""
            if gen > 1:
                s = connect()
                note(receive(s)[1].decode())
                {takerEnds}
            def push(*_):
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]) # It is told to end before it has read that all is well.
                s = connect()
                s.sendall(frame(2, b'state of %d' % gen))
                {giverEnds}
                note('done')
                signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
            signal.signal(signal.SIGUSR2, push)
            forever()
            """, "signal: SIGUSR2, timeout: 2m");

        var record = await engine.Reload();

        Assert.True(record.Handover().Status == "success", record.Handover().Detail);
        Assert.Equal("state of 1", await engine.Got(2));
        Assert.Equal("done", await engine.Got(1));
        Assert.InRange(record.Phases.Single(p => p.Name == "handoff").DurationMs!.Value, 0, 90_000); // It did not wait for its timeout.
    }

    [RootTheory]
    [InlineData(10)]
    [InlineData(8 << 20)]
    public async Task A_taker_that_acknowledges_the_state_at_once_and_closes_has_it(int size)
    {
        await using var engine = await StateEngine.Start($"""
            if gen > 1:
                s = receiver()
                note(str(len(receive(s)[1])))
                s.sendall(frame(0xFF))
                s.close()
            def give(s, phase):
                s.sendall(frame(2, b'x' * {size}))
                time.sleep(0.5)
                s.sendall(frame(0xFF))
            provide(give)
            forever()
            """, "timeout: 30s");

        var record = await engine.Reload();

        Assert.True(record.Handover().Status == "success", record.Handover().Detail);
        Assert.Equal(size, record.Handover().SizeBytes);
        Assert.Equal($"{size}", await engine.Got(2));
    }

    [RootTheory]
    [InlineData(10)]
    [InlineData(8 << 20)]
    public async Task A_giver_that_waits_to_hear_that_its_state_arrived_need_not_say_that_it_was_all(int size)
    {
        await using var engine = await StateEngine.Start($"""
            if gen > 1:
                note(str(len(take(receiver()))))
            def push(*_):
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]) # It is told to end before it has read that all is well.
                s = connect()
                s.sendall(frame(2, b'x' * {size}))
                note('acknowledged %s' % (receive(s),))
                signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
            signal.signal(signal.SIGUSR2, push)
            forever()
            """, "signal: SIGUSR2, timeout: 2m");

        var record = await engine.Reload();

        Assert.True(record.Handover().Status == "success", record.Handover().Detail);
        Assert.Equal($"{size}", await engine.Got(2));
        Assert.Equal("acknowledged (255, b'')", await engine.Got(1));
        Assert.InRange(record.Phases.Single(p => p.Name == "handoff").DurationMs!.Value, 0, 90_000); // It did not wait for its timeout.
    }

    [RootFact]
    public async Task A_provider_that_says_late_that_it_was_all_stays_one()
    {
        await using var engine = await StateEngine.Start($"""
            def give(s, phase):
                s.sendall(frame(2, b'from %d' % gen))
                def late():
                    time.sleep({PeerSource.Silence.TotalSeconds + 1})
                    s.sendall(frame(0xFF))
                    open(folder + '/said-%d' % gen, 'w').close()
                threading.Thread(target=late, daemon=True).start()
            if gen > 1:
                note(take(receiver()))
            if gen == 2:
                while not os.path.exists(folder + '/said-1'): # Or its death might be seen before its answer.
                    time.sleep(0.01)
                os._exit(1)
            provide(give)
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'READY=1', os.environ['NOTIFY_SOCKET'])
            forever()
            """, "timeout: 60s", ready: "notify");
        Assert.NotEqual(Verdict.Succeeded, (await engine.Reload()).Verdict);
        Assert.Equal("from 1", await engine.Got(2));
        await Temp.Until(() => File.Exists(Path.Combine(engine.Folder, "said-1")), "the provider has said that it was all");

        var record = await engine.Reload();

        Assert.True(record.Handover().Status == "success", record.Handover().Detail);
        Assert.Equal("from 1", await engine.Got(3));
    }

    private static string HelloOf(string role) => $$"""{"role":"{{role}}"}""";
}
