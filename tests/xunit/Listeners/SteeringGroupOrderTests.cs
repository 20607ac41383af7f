using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

using Aeterna.Linux;
using Aeterna.Listeners.Steering;
using Aeterna.Load;

using Xunit;

namespace Aeterna.Tests.Listeners;

/// <summary>The order that is kept here is the kernel's, and its programs do there what they say.</summary>
public class SteeringGroupOrderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_order_is_the_kernels_through_random_joins_and_leaves(int seed)
    {
        var random = new Random(seed);
        using var sender = SteeringRig.Sender();
        var target = new IPEndPoint(IPAddress.Loopback, Ports.Next());
        var order = new GroupOrder<Socket>();
        for (var step = 0; step < 200; step++)
        {
            if (order.Members.Count == 0 || (order.Members.Count < 8 && random.Next(2) == 0))
            {
                order.Join(Member(target));
            }
            else if (order.Members.Count > 1)
            {
                var leaver = order.Members[random.Next(order.Members.Count)];
                order.Leave(leaver);
                Assert.True(ReusePort.Leave((int)leaver.Handle, isStream: false)); // A process that another test is just starting has it open for a moment.
                leaver.Dispose();
            }

            var chosen = order.Members[random.Next(order.Members.Count)];
            Attach(order, SteeringProgram.Build(order.IndexOf(chosen)));
            var text = Encoding.UTF8.GetBytes(step.ToString(CultureInfo.InvariantCulture));
            sender.SendTo(text, target);
            Assert.True(chosen.Poll(TimeSpan.FromSeconds(10), SelectMode.SelectRead), $"step {step}: it went to another socket");
            var buffer = new byte[16];
            Assert.Equal(text, buffer[..chosen.Receive(buffer)]);
            Assert.All(order.Members, m => Assert.Equal(0, m.Available));
        }

        order.Members.ToList().ForEach(m => m.Dispose());
    }

    /// <summary>The middle one of three leaves, and is still open: the last one has its place at once, and a fourth one the place behind that.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_leaves_is_out_of_the_group_although_a_process_that_is_being_started_has_it_open(bool isStream)
    {
        var target = new IPEndPoint(IPAddress.Loopback, Ports.Next());
        var order = new GroupOrder<Socket>();
        List<Socket> all = [.. Enumerable.Range(0, 3).Select(_ => Joined())];
        order.Leave(all[1]);
        Assert.True(ReusePort.Leave((int)all[1].Handle, isStream));
        all.Add(Joined());
        foreach (var chosen in order.Members)
        {
            Attach(order, SteeringProgram.Build(order.IndexOf(chosen)));
            using var client = new Socket(AddressFamily.InterNetwork, isStream ? SocketType.Stream : SocketType.Dgram, isStream ? ProtocolType.Tcp : ProtocolType.Udp);
            client.Connect(target);
            client.Send("x"u8);
            Assert.True(chosen.Poll(TimeSpan.FromSeconds(10), SelectMode.SelectRead), "it went to another socket");
            using var accepted = isStream ? chosen.Accept() : null;
            Assert.Equal(1, (accepted ?? chosen).Receive(new byte[2]));
        }

        all.ForEach(socket => socket.Dispose());

        Socket Joined()
        {
            var socket = isStream ? Listening(target) : Member(target);
            order.Join(socket);
            return socket;
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(50)]
    [InlineData(90)]
    public void A_share_is_what_was_asked_within_three_points(int percent)
    {
        const int sent = 20_000;
        using var sender = SteeringRig.Sender();
        var target = new IPEndPoint(IPAddress.Loopback, Ports.Next());
        using var main = Member(target);
        using var candidate = Member(target);
        var order = new GroupOrder<Socket>();
        order.Join(main);
        order.Join(candidate);
        Attach(order, SteeringProgram.Build(0, (1, percent)));
        var (toMain, toCandidate) = (0, 0);
        for (var n = 0; n < sent; n++)
        {
            sender.SendTo("x"u8, target);
            if (n % 100 == 99)
            {
                (toMain, toCandidate) = (toMain + Drain(main), toCandidate + Drain(candidate));
            }
        }

        Assert.Equal(sent, toMain + toCandidate);
        Assert.InRange(100.0 * toCandidate / sent, percent - 3, percent + 3);
    }

    [Theory]
    [InlineData(0, 0, 100)]
    [InlineData(100, 100, 0)]
    public void A_share_of_nothing_is_nothing_and_one_of_all_is_all(int percent, int forCandidate, int forMain)
    {
        using var sender = SteeringRig.Sender();
        var target = new IPEndPoint(IPAddress.Loopback, Ports.Next());
        using var main = Member(target);
        using var candidate = Member(target);
        var order = new GroupOrder<Socket>();
        order.Join(main);
        order.Join(candidate);
        Attach(order, SteeringProgram.Build(0, (1, percent)));
        for (var n = 0; n < 100; n++)
        {
            sender.SendTo("x"u8, target);
        }

        Assert.Equal((forCandidate, forMain), (Drain(candidate), Drain(main)));
    }

    [Fact]
    public void Who_is_no_member_has_no_index_and_leaves_without_effect()
    {
        var order = new GroupOrder<string>();
        order.Join("a");
        order.Leave("b");
        Assert.Equal(-1, order.IndexOf("b"));
        Assert.Equal(["a"], order.Members);
    }

    [Fact]
    public void A_member_can_leave_when_the_program_stays_right_without_it()
    {
        var order = new GroupOrder<string>();
        Assert.All(["a", "b", "c"], order.Join);
        Assert.True(order.CanLeave("a", main: "b", candidate: null)); // c moves, and nobody minds.
        Assert.False(order.CanLeave("a", main: "c", candidate: null));
        Assert.False(order.CanLeave("a", main: "b", candidate: "c"));
        Assert.True(order.CanLeave("c", main: "a", candidate: "b"));
        Assert.True(order.CanLeave("x", main: "c", candidate: null));
        order.Leave("a");
        Assert.Equal(["c", "b"], order.Members);
        Assert.True(order.CanLeave("c", main: "b", candidate: null)); // b alone is left, whatever the index.
    }

    private static void Attach(GroupOrder<Socket> order, SockFilter[] program) => ReusePort.Attach((int)order.Members[0].Handle, program);

    private static Socket Member(IPEndPoint address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        Assert.True(Libc.SetOption((int)socket.Handle, Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 1));
        socket.Bind(address);
        return socket;
    }

    private static Socket Listening(IPEndPoint address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.True(Libc.SetOption((int)socket.Handle, Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 1));
        socket.Bind(address);
        socket.Listen();
        return socket;
    }

    private static int Drain(Socket socket)
    {
        var buffer = new byte[16];
        var count = 0;
        for (; socket.Available > 0; count++)
        {
            socket.Receive(buffer);
        }

        return count;
    }
}
