using System.Net;

using Aeterna.Configuration;
using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Load;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Listeners;

/// <summary>Binds that take their time, and binds of one program's threads at the same time.</summary>
public class BindingAtOnceTests
{
    [Fact]
    public async Task A_process_that_takes_long_to_be_looked_through_holds_nobody_up()
    {
        await using var rig = new Rig();
        var (port, other) = (Ports.Next(), Ports.Next());
        using var first = Socket();
        Assert.Equal(0, rig.Listeners.Bind(Call(1, port, first, _ => [])));

        using var again = Socket();
        using var looking = new ManualResetEventSlim();
        using var looked = new ManualResetEventSlim();
        var slow = Task.Run(() => rig.Listeners.Bind(Call(1, port, again, inodes =>
        {
            looking.Set();
            Assert.True(looked.Wait(TimeSpan.FromSeconds(60)));
            return inodes;
        })));
        Assert.True(looking.Wait(TimeSpan.FromSeconds(60)));
        using var others = Socket();
        Assert.Equal(0, await Task.Run(() => rig.Listeners.Bind(Call(2, other, others, _ => []))).WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.False(slow.IsCompleted);
        looked.Set();
        Assert.Equal(Errno.EADDRINUSE, await slow.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task Threads_that_bind_one_address_at_once_get_a_socket_each_or_are_told()
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        using var one = Socket();
        using var two = Socket();
        using var both = new Barrier(2);
        var results = await Task.WhenAll(new[] { one, two }.Select(socket => Task.Run(() =>
        {
            both.SignalAndWait();
            return rig.Listeners.Bind(Call(1, port, socket, inodes => inodes));
        }))).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal([0, Errno.EADDRINUSE], results.Order());
    }

    private static FileDescriptor Socket() => new(Errno.ThrowIfFailed(LibC.socket(Libc.AF_INET, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0), "socket"));

    private static BindCall Call(int generation, int port, FileDescriptor socket, Func<IReadOnlyCollection<ulong>, IEnumerable<ulong>> open) => new()
    {
        Generation = generation,
        Key = new SocketKey(Temp.Tcp(port), false, "", 0),
        Service = new ServicePlan { Name = "test", Command = ["/bin/true"] },
        Socket = socket,
        BindNow = () => BindTo(socket, port),
        Give = _ => true,
        WhichAreOpen = open,
    };

    private static unsafe int BindTo(FileDescriptor socket, int port)
    {
        var address = SockAddr.Write(new IPEndPoint(IPAddress.Loopback, port));
        fixed (byte* p = address)
        {
            return Libc.bind(socket.Number, p, (uint)address.Length) == 0 ? 0 : Errno.Last;
        }
    }
}
