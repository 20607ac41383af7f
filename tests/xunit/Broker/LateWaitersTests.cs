using System.Diagnostics;

using Aeterna.Broker;
using Aeterna.Linux;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>Threads that waited for a socket in whose place another one is put are followed until they have left the call, whatever they do then.</summary>
public class LateWaitersTests
{
    // A thread waits in poll for a datagram socket. Woken, it does something else for good.
    private const string Program = """
        import select, socket, sys, threading, time
        kind = sys.argv[1]
        s, r, w = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), *socket.socketpair()
        def wait():
            p = select.poll()
            p.register(s, select.POLLIN)
            p.poll()
            p.unregister(s)
            p.register(r, select.POLLIN)
            while kind == 'spins': pass
            while kind == 'is woken by others': p.poll(5)
            if kind == 'waits elsewhere': p.poll()
            if kind == 'sleeps': time.sleep(1000)
        t = threading.Thread(target=wait, daemon=True)
        t.start()
        print(s.fileno(), t.native_id, flush=True)
        sys.stdin.read()
        """;

    [RootTheory]
    [InlineData("spins")]
    [InlineData("is woken by others")]
    [InlineData("waits elsewhere")]
    [InlineData("sleeps")]
    [InlineData("ends")]
    public async Task Who_has_left_is_followed_no_more(string kind)
    {
        using var program = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-S", "-c", Program, kind]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            var words = (await program.StandardOutput.ReadLineAsync())!.Split(' ').Select(int.Parse).ToList();
            await Temp.Until(() => ProcThreads.Of(program.Id).Any(t => t.Thread == words[1] && WaitCalls.Native.IsPoll(t.Call)), "it waits");
            using var process = PidFd.TryOpen(program.Id)!;
            using var socket = PidFd.GetFd(process, words[0]);
            var waiters = LateWaiters.Wake(program.Id, program.Id, socket);
            Assert.NotNull(waiters);
            await waiters.WakeOn().WaitAsync(TimeSpan.FromSeconds(60));
        }
        finally
        {
            program.Kill();
        }
    }
}
