using System.Diagnostics;
using System.Globalization;
using Aeterna.Linux;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Linux;

/// <summary>Whether a real process waits for the clients of its socket, by all ways in which programs wait for something.</summary>
public class SocketWaitersTests
{
    // It prints its descriptor's inode once it has all that it needs, and does then what the test says.
    private const string Program = """
        import os, select, signal, socket, sys, threading, time
        s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()
        u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0))
        c = socket.create_connection(s.getsockname()); a, _ = s.accept()
        l, r = socket.socketpair()
        pipe, _ = os.pipe()
        def poll(*files):
            p = select.poll()
            for f in files: p.register(f, select.POLLIN)
            return p
        def epoll(*files):
            e = select.epoll()
            for f in files: e.register(f, select.EPOLLIN)
            return e
        def child():
            if os.fork() == 0: signal.pause()
            os.wait()
        def spin():
            while True: pass
        inner = epoll(s)
        signal.signal(signal.SIGALRM, lambda *_: None)
        print(os.fstat(s.fileno()).st_ino, os.fstat(u.fileno()).st_ino, flush=True)
        eval(sys.argv[1])
        """;

    [RootTheory]
    [InlineData("s.accept()", "Somebody")]
    [InlineData("u.recv(9)", "Somebody")]
    [InlineData("os.read(u.fileno(), 9)", "Somebody")]
    [InlineData("poll(pipe, s).poll()", "Somebody")]
    [InlineData("select.select([u, pipe], [], [])", "Somebody")]
    [InlineData("epoll(pipe, u).poll()", "Somebody")]
    [InlineData("[threading.Thread(target=s.accept).start(), signal.pause()]", "Somebody")]
    [InlineData("signal.pause()", "Nobody")]
    [InlineData("signal.sigwait([signal.SIGUSR1])", "Nobody")]
    [InlineData("child()", "Nobody")]
    [InlineData("time.sleep(999)", "Nobody")]
    [InlineData("threading.Lock().acquire() and threading.Event().wait()", "Nobody")]
    [InlineData("poll().poll()", "Nobody")]
    [InlineData("poll(pipe, l).poll()", "Nobody")]
    [InlineData("select.select([pipe], [], [l], 999)", "Nobody")]
    [InlineData("epoll(pipe, r).poll()", "Nobody")]
    [InlineData("os.read(pipe, 1)", "Nobody")]
    [InlineData("a.recv(1)", "Unknown")]
    [InlineData("os.read(a.fileno(), 1)", "Unknown")]
    [InlineData("poll(pipe, a).poll()", "Unknown")]
    [InlineData("epoll(a).poll()", "Unknown")]
    [InlineData("epoll(inner).poll()", "Unknown")]
    [InlineData("poll(*(os.dup(pipe) for _ in range(100))).poll()", "Unknown")]
    [InlineData("select.select([os.dup2(pipe, 90)], [], [])", "Unknown")]
    [InlineData("select.select([pipe], [], [a])", "Unknown")]
    [InlineData("spin()", "Unknown")]
    public async Task It_is_seen_by_the_calls_of_its_threads(string does, string attendance)
    {
        var expected = Enum.Parse<Attendance>(attendance);
        using var program = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-S", "-c", Program, does]) { RedirectStandardOutput = true })!;
        try
        {
            var inodes = (await program.StandardOutput.ReadLineAsync())!.Split(' ').Select(word => ulong.Parse(word, CultureInfo.InvariantCulture)).ToHashSet();
            await Temp.Until(() => SocketWaiters.Of(program.Id, inodes, isHeld: false) == expected, $"{does} is {expected}");
            _ = LibC.kill(program.Id, Signals.SIGSTOP);
            await Temp.Until(() => ProcFs.ThreadStates(program.Id).All(state => state == 'T'), "it stands still");
            if (does != "spin()")
            {
                Assert.Equal(expected, SocketWaiters.Of(program.Id, inodes, isHeld: true));
            }

            Assert.Equal(Attendance.Unknown, SocketWaiters.Of(program.Id, inodes, isHeld: false));
        }
        finally
        {
            program.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public void A_process_that_is_gone_has_nobody() => Assert.Equal(Attendance.Nobody, SocketWaiters.Of(int.MaxValue, new HashSet<ulong>(), isHeld: false));
}
