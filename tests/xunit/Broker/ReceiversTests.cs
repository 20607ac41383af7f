using System.Net.Sockets;
using System.Text;

using Aeterna.Broker;
using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>Calls that several threads make at once, with signals in between, and in great number.</summary>
public class ReceiversTests
{
    /// <summary>Binds, and meanwhile, on another thread, makes other trapped calls and sends the one that binds a signal, whose handler does not
    /// have calls restarted.</summary>
    private const string Pestered = """
        import errno, os, signal, socket, sys, threading, time
        folder, port = sys.argv[1], int(sys.argv[2])
        def put(name, text):
            with open(folder + '/' + name + '.new', 'w') as f: f.write(text)
            os.rename(folder + '/' + name + '.new', folder + '/' + name)
        signal.signal(signal.SIGUSR1, lambda *_: None)
        signal.siginterrupt(signal.SIGUSR1, True)
        main = threading.main_thread().ident
        def other():
            while not os.path.exists(folder + '/go'): time.sleep(0.01)
            for _ in range(100):
                s = socket.socket(); s.listen(1); s.close()
                signal.pthread_kill(main, signal.SIGUSR1)
            put('other', 'done')
        threading.Thread(target=other, daemon=True).start()
        s = socket.socket()
        try: s.bind(('127.0.0.1', port)); put('bound', 'fine')
        except OSError as e: put('bound', errno.errorcode[e.errno])
        signal.pause()
        """;

    /// <summary>Answers "c" with how many numbers a child closed one by one, all others with what they sent.</summary>
    private const string Closing = """
        import os, socket, sys
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(50)
        kept = []
        while True:
            c, _ = s.accept()
            line = c.recv(100)
            if line == b'c\n':
                child = os.fork()
                if child == 0:
                    closed = 0
                    for fd in range(3, 16384):
                        try: os.close(fd); closed += 1
                        except OSError: pass
                    os._exit(closed)
                c.sendall(b'%d %d' % (os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), c.fileno()))
            elif line == b'keep\n':
                kept.append(c); c.sendall(b'%d' % c.fileno()); continue
            else: c.sendall(line)
            c.close()
        """;

    /// <summary>Waits in accept; says when its handler has run, and goes on with the call as the handler was set.</summary>
    private const string Waiting = """
        import signal, socket, sys
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(5)
        signal.signal(signal.SIGUSR1, lambda *_: print('handled', flush=True))
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
        while True:
            c, _ = s.accept(); c.sendall(c.recv(100)); c.close()
        """;

    [Fact]
    public async Task A_call_that_takes_its_time_holds_up_no_other_and_no_signal_ends_it()
    {
        using var journal = new SlowJournal();
        await using var rig = new Rig(journal: journal);
        rig.StartPython(Pestered, rig.Directory, $"{Ports.Next()}");
        await journal.Entered.WaitAsync(TimeSpan.FromSeconds(60));
        await File.WriteAllTextAsync(Path.Combine(rig.Directory, "go"), "");
        await Temp.Until(() => File.Exists(Path.Combine(rig.Directory, "other")), "the other thread's calls are answered");
        Assert.False(File.Exists(Path.Combine(rig.Directory, "bound")), "the first one still waits");
        journal.Release();
        await Temp.Until(() => File.Exists(Path.Combine(rig.Directory, "bound")), "its answer");
        Assert.Equal("fine", await File.ReadAllTextAsync(Path.Combine(rig.Directory, "bound")));
    }

    [Fact]
    public async Task A_child_that_closes_all_numbers_ends_no_connection_and_select_can_watch_each()
    {
        await using var rig = new Rig();
        var port = await Start(rig, Closing, new LimitPlan(16_384, 16_384));
        using var kept = new TcpClient("127.0.0.1", port);
        var number = int.Parse(await Ask(kept, "keep\n"), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(number, 200, 1023);
        using var closing = new TcpClient("127.0.0.1", port);
        var told = (await Ask(closing, "c\n")).Split(' ');
        Assert.Equal("3", told[0]); // The listener, the kept connection and the one that asked.
        Assert.InRange(int.Parse(told[1], System.Globalization.CultureInfo.InvariantCulture), 200, 1023);

        // The child's numbers are not the program's.
        await kept.GetStream().WriteAsync("more\n"u8.ToArray());
        using var other = new TcpClient("127.0.0.1", port);
        Assert.Equal("hello\n", await Ask(other, "hello\n"));
        Assert.False(kept.Client.Poll(0, SelectMode.SelectRead), "its connection is still open");
        Assert.True(rig.Traps.Count(t => t.Call == TrappedCall.Close) > 16_000);
    }

    [Fact]
    public async Task A_signal_from_others_reaches_a_thread_that_waits_for_a_client()
    {
        await using var rig = new Rig();
        var port = await Start(rig, Waiting, null);
        await Temp.Until(() => rig.Traps.Count(t => t.Answer == AnswerKind.Parked) == 1, "it waits");
        using var first = new TcpClient("127.0.0.1", port);
        Assert.Equal("hello\n", await Ask(first, "hello\n"));
        await Temp.Until(() => rig.Traps.Count(t => t.Answer == AnswerKind.Parked) == 2, "it waits again");
        var generation = rig.Generations.Single();
        var parked = rig.Traps.Count(t => t.Answer == AnswerKind.Parked);
        Assert.Equal(0, LibC.kill(generation.Pid, 10));
        await Temp.Until(() => rig.Traps.Count(t => t.Answer == AnswerKind.Parked) > parked, "it has handled it and waits again");
        using var second = new TcpClient("127.0.0.1", port);
        Assert.Equal("hello\n", await Ask(second, "hello\n"));
        Assert.Equal(0, LibC.kill(generation.Pid, 15));
        Assert.Equal(7, (await generation.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Code);
    }

    private static async Task<int> Start(Rig rig, string program, LimitPlan? descriptors)
    {
        var (port, script) = (Ports.Next(), Path.Combine(rig.Directory, "program.py"));
        File.WriteAllText(script, program);
        ListenerPlan[] listeners = [new() { Name = "in", Address = Temp.Tcp(port), Handoff = Handoff.Relay, Framing = FramingKind.Line }];
        rig.Listeners.Configure(listeners);
        var generation = rig.Start(new ServicePlan
        {
            Name = "test",
            Command = ["/usr/bin/python3", "-S", "-u", script, $"{port}"],
            Listeners = listeners,
            Limits = descriptors is null ? [] : new Dictionary<string, LimitPlan> { ["nofile"] = descriptors },
        });
        Assert.Null(await generation.WaitReady(Rig.Requires(Temp.Tcp(port)), default));
        rig.Listeners.Traffic.Direct(new Route(generation.Number));
        return port;
    }

    private static async Task<string> Ask(TcpClient client, string line)
    {
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(line));
        var answer = new byte[100];
        var length = await client.GetStream().ReadAsync(answer).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        return Encoding.ASCII.GetString(answer, 0, length);
    }

    /// <summary>Holds up whoever tells it of a bind.</summary>
    private sealed class SlowJournal : SilentJournal, IDisposable
    {
        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _released = new();

        public Task Entered => _entered.Task;

        public void Release() => _released.Set();

        public void Dispose() => _released.Dispose();

        public override void Publish(EventReport report)
        {
            _entered.TrySetResult();
            Assert.True(_released.Wait(TimeSpan.FromSeconds(120)));
        }
    }
}
