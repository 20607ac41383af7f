using System.Net;

using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Listeners.Traffic;
using Aeterna.Load;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
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

    [Fact]
    public async Task A_bind_that_takes_long_holds_up_only_who_binds_the_same()
    {
        await using var rig = new Rig();
        var (port, other) = (Ports.Next(), Ports.Next());
        using var first = Socket();
        using var binding = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var slow = Task.Run(() => rig.Listeners.Bind(Call(1, port, first, _ => []) with
        {
            BindNow = () =>
            {
                binding.Set();
                Assert.True(goOn.Wait(TimeSpan.FromSeconds(60)));
                return BindTo(first, port);
            },
        }));
        Assert.True(binding.Wait(TimeSpan.FromSeconds(60)));
        using var same = Socket();
        List<int> given = [];
        var second = Task.Run(() => rig.Listeners.Bind(Call(2, port, same, _ => []) with
        {
            Give = fd =>
            {
                given.Add(fd);
                return true;
            },
        }));
        await Unhindered(rig, other);
        Assert.False(slow.IsCompleted || second.IsCompleted);
        goOn.Set();
        Assert.Equal(0, await slow.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(0, await second.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Single(given);
    }

    [Theory]
    [InlineData("direct")]
    [InlineData("leave")]
    [InlineData("close")]
    public async Task An_input_that_takes_long_holds_no_bind_up(string what)
    {
        using var input = new SlowInput();
        await using var rig = new Rig(inputs: new SlowMaker(input));
        var (port, other) = (Ports.Next(), Ports.Next());
        using var first = Socket();
        Assert.Equal(0, rig.Listeners.Bind(Call(1, port, first, _ => []) with { Service = Relaying(port) }));
        input.IsSlow = true;
        var slow = Task.Run(() =>
        {
            switch (what)
            {
                case "direct":
                    rig.Listeners.Traffic.Direct(new Route(1));
                    break;
                case "leave":
                    rig.Listeners.Forget(1);
                    break;
                default:
                    input.IsSlow = false;
                    rig.Listeners.Forget(1);
                    input.IsSlow = true;
                    rig.Listeners.ReleaseUnused();
                    break;
            }
        });
        Assert.True(input.IsAsked.Wait(TimeSpan.FromSeconds(60)));
        await Unhindered(rig, other);
        Assert.False(slow.IsCompleted);
        input.GoOn.Set();
        await slow.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>An input has its own lock when it gives a socket, and it is asked then whether that is held; and others ask it something under the table's lock.</summary>
    [Fact]
    public async Task Whether_a_socket_is_held_is_known_while_an_input_is_asked_under_the_tables_lock()
    {
        using var input = new SlowInput();
        await using var rig = new Rig(inputs: new SlowMaker(input));
        var port = Ports.Next();
        using var first = Socket();
        var inode = ProcFs.SocketInode(Environment.ProcessId, first.Number)!.Value;
        Assert.Equal(0, rig.Listeners.Bind(Call(1, port, first, _ => []) with { Service = Relaying(port) }));
        Assert.Equal(0, rig.Listeners.Listen(1, inode, 1));
        input.IsSlowUnderTheLock = true;
        var asked = Task.Run(() => rig.Listeners.GivenTo(1));
        Assert.True(input.IsAsked.Wait(TimeSpan.FromSeconds(60)));
        Assert.True(await Task.Run(() => rig.Listeners.IsHeld(inode)).WaitAsync(TimeSpan.FromSeconds(60)));
        input.GoOn.Set();
        Assert.Single(await asked.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    private static async Task Unhindered(Rig rig, int port)
    {
        using var socket = Socket();
        await Task.Run(() =>
        {
            Assert.Equal(0, rig.Listeners.Bind(Call(3, port, socket, _ => [])));
            Assert.Equal(0, rig.Listeners.Listen(3, ProcFs.SocketInode(Environment.ProcessId, socket.Number)!.Value, 1));
            Assert.Equal([Temp.Tcp(port)], rig.Listeners.HeldBy(3));
            Assert.Null(rig.Listeners.FindSide(1));
        }).WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static ServicePlan Relaying(int port) => new()
    {
        Name = "test",
        Command = ["/bin/true"],
        Listeners = [new ListenerPlan { Name = "slow", Address = Temp.Tcp(port), Handoff = Handoff.Relay }],
    };

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

    /// <summary>Waits in each call while it is slow, until it may go on.</summary>
    private sealed class SlowInput : ITrafficInput
    {
        public volatile bool IsSlow;
        public volatile bool IsSlowUnderTheLock;

        public ManualResetEventSlim IsAsked { get; } = new();

        public ManualResetEventSlim GoOn { get; } = new();

        public ListenerAddress Address { get; } = Temp.Tcp(1);

        public int Join(JoinCall call) => 0;

        public int Listen(int generation, int backlog) => 0;

        public ulong? PrivateInode(int generation)
        {
            IsSlow |= IsSlowUnderTheLock;
            Wait();
            return null;
        }

        public IRelaySide? Side(int generation) => null;

        public void Prepare(int generation) => Wait();

        public long Direct(Route route, int? takeBack)
        {
            Wait();
            return 0;
        }

        public bool HasRead(int generation) => true;

        public Leftover Leftover(int generation) => default;

        public GivenCounts Leave(int generation)
        {
            Wait();
            return default;
        }

        public InputCounts Counts()
        {
            Wait();
            return InputCounts.None;
        }

        public void HoldStill() => throw new NotSupportedException();

        public InputState State(LedgerBytes? bytes) => throw new NotSupportedException();

        public void Know(Route route) => throw new NotSupportedException();

        void ITrafficInput.GoOn() => throw new NotSupportedException();

        public void Dispose()
        {
        }

        private void Wait()
        {
            if (IsSlow)
            {
                IsAsked.Set();
                Assert.True(GoOn.Wait(TimeSpan.FromSeconds(60)));
            }
        }
    }

    private sealed class SlowMaker(ITrafficInput input) : IInputMaker
    {
        public void Configure(IReadOnlyList<ListenerPlan> listeners)
        {
        }

        public ITrafficInput Relay(ListenerAddress address, FileDescriptor held, int outside = 0) => input;

        public ITrafficInput Relay(ListenerAddress address, FileDescriptor held, InputState state, LedgerBytes bytes, Action<int, IRelayLeg> found) =>
            throw new NotSupportedException();
    }
}
