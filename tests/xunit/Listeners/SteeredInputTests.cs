using Aeterna.Linux;
using Aeterna.Machine;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Listeners;

/// <summary>A steered UDP listener: who gets a datagram, through everything that generations do.</summary>
public class SteeredInputTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Only_whom_the_route_names_gets_datagrams(bool v6)
    {
        using var rig = new SteeringRig(v6);
        rig.Input.Direct(new Route(1), null);
        var first = rig.Start(1);
        var second = rig.Start(2);
        Assert.False(first.WasGiven || second.WasGiven);

        rig.Send("a");
        rig.Input.Direct(new Route(2), null);
        rig.Send("b");
        rig.Input.Direct(new Route(1), null);
        rig.Send("c");

        Assert.Equal(["a", "c"], first.ReadTexts());
        Assert.Equal([("b", rig.ClientAddress)], second.ReadAll());
    }

    [Fact]
    public void A_program_is_asked_to_bind_also_when_the_route_names_it_before()
    {
        using var rig = new SteeringRig();
        rig.Input.Direct(new Route(1), null);
        var first = rig.Start(1);
        rig.Input.Direct(new Route(2), null); // Not there yet: held back.
        rig.Send("a");
        Assert.Empty(first.ReadAll());
        var second = rig.Start(2);
        rig.Send("b");
        Assert.Equal(["a", "b"], second.ReadTexts());
    }

    [Fact]
    public void A_bind_that_fails_fails_with_the_kernels_error_and_leaves_nothing_behind()
    {
        using var rig = new SteeringRig();
        using var stranger = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp);
        stranger.Bind(rig.Target);
        using var program = new SteeredProgram(rig.Address, 1);
        Assert.Equal(Errno.EADDRINUSE, program.Bind(rig.Input));
        Assert.Null(rig.Input.PrivateInode(1));
        Assert.Null(rig.Input.Representative);
    }

    [Fact]
    public void Each_generation_has_its_own_socket_by_inode()
    {
        using var rig = new SteeringRig();
        var first = rig.Start(1);
        var second = rig.Start(2);
        Assert.Equal(ProcFs.SocketInode(Environment.ProcessId, first.Fd.Number), rig.Input.PrivateInode(1));
        Assert.Equal(ProcFs.SocketInode(Environment.ProcessId, second.Fd.Number), rig.Input.PrivateInode(2));
        Assert.NotEqual(rig.Input.PrivateInode(1), rig.Input.PrivateInode(2));
        Assert.Equal(Errno.EOPNOTSUPP, rig.Input.Listen(1, 10));
        Assert.Null(rig.Input.Side(1));
    }

    [Fact]
    public void A_generation_that_binds_twice_goes_on_with_its_queue()
    {
        using var rig = new SteeringRig();
        rig.Input.Direct(new Route(1), null);
        var first = rig.Start(1);
        rig.Send("a");
        first.Dispose();
        var again = rig.Start(1);
        Assert.True(again.WasGiven);
        Assert.Equal(["a"], again.ReadTexts());
    }

    [Fact]
    public void An_empty_datagram_is_unread_too()
    {
        using var rig = new SteeringRig();
        rig.Input.Direct(new Route(1), null);
        var first = rig.Start(1);
        Assert.Equal((true, false), (rig.Input.HasRead(1), rig.Input.Leftover(1).IsThere));
        rig.Client.SendTo(ReadOnlySpan<byte>.Empty, rig.Target);
        Assert.Equal((false, true), (rig.Input.HasRead(1), rig.Input.Leftover(1).IsThere));
        Assert.Equal([""], first.ReadTexts());
        Assert.True(rig.Input.HasRead(1));
        Assert.True(rig.Input.HasRead(7));
    }

    [Fact]
    public async Task No_datagram_is_lost_or_doubled_over_200_flips()
    {
        const int sent = 40_000;
        using var rig = new SteeringRig();
        rig.Input.Direct(new Route(1), null);
        var first = rig.Start(1);
        var second = rig.Start(2);
        var got = new List<string>(sent);
        var read = 0;
        var sending = Task.Run(() =>
        {
            for (var number = 0; number < sent; number += 100)
            {
                SpinWait.SpinUntil(() => Volatile.Read(ref read) > number - 200); // What any receive buffer takes.
                rig.Send(number, 100);
            }
        });
        for (var flips = 0; flips < 200 || !sending.IsCompleted; flips++)
        {
            rig.Input.Direct(new Route(flips % 2 == 0 ? 2 : 1), null);
            Read();
        }

        await sending;
        await Waiting.Until(() =>
        {
            Read();
            return got.Count >= sent;
        });
        Assert.Equal(Enumerable.Range(0, sent), got.Select(int.Parse).Order());

        void Read()
        {
            got.AddRange(first.ReadTexts());
            got.AddRange(second.ReadTexts());
            Volatile.Write(ref read, got.Count);
        }
    }

    [Fact]
    public void A_candidate_gets_its_share_and_the_rest_comes_back_when_it_leaves()
    {
        const int sent = 2_000;
        using var rig = new SteeringRig();
        rig.Input.Direct(new Route(1), null);
        var first = rig.Start(1);
        var second = rig.Start(2);
        rig.Input.Direct(new Route(1, 2, 50), null);
        var (main, share) = (0, 0);
        for (var number = 0; number < sent; number += 100)
        {
            rig.Send(number, 100);
            (main, share) = (main + first.ReadAll().Count, share + second.ReadAll().Count);
        }

        Assert.Equal(sent, main + share);
        Assert.InRange(share, sent / 4, sent * 3 / 4);

        rig.Input.Direct(new Route(1), null);
        rig.Kill(second);
        rig.Input.Leave(2);
        rig.Send(0, 50);
        Assert.Equal(50, first.ReadAll().Count);
        Assert.Equal([1], rig.Input.Counts().ToGeneration.Keys);
    }

    [Fact]
    public void A_socket_that_its_program_still_has_open_stays_where_it_is_until_the_program_is_gone()
    {
        using var rig = new SteeringRig();
        rig.Input.Direct(new Route(1), null);
        var first = rig.Start(1);
        var second = rig.Start(2);
        var third = rig.Start(3);
        rig.Input.Direct(new Route(2), null);
        rig.Input.Leave(1);
        first.Dispose(); // It closes its socket at a moment of its own.
        rig.Send("a");
        Assert.Equal(3, Sockets(rig.Target.Port));
        rig.Kill(first);
        rig.Start(4);
        Assert.Equal(3, Sockets(rig.Target.Port));
        rig.Send("b");
        Assert.True(rig.Input.HasRead(1));
        rig.Send("c");
        Assert.Empty(third.ReadAll());
        Assert.Equal(["a", "b", "c"], second.ReadTexts());
        rig.Input.Leave(1);

        static int Sockets(int port) => File.ReadLines("/proc/net/udp").Count(l => l.Contains($":{port:X4} 00000000:0000", StringComparison.Ordinal));
    }

    [Fact]
    public void The_socket_of_a_generation_that_is_gone_stays_in_the_group_and_goes_to_the_next_one()
    {
        using var rig = new SteeringRig();
        rig.Input.Direct(new Route(1), null);
        var first = rig.Start(1);
        rig.Start(2);
        rig.Input.Direct(new Route(2), null);
        var inode = rig.Input.PrivateInode(1);
        rig.Kill(first);
        rig.Input.Leave(1);
        Assert.Contains(inode, ProcFs.Descriptors(Environment.ProcessId).Select(fd => ProcFs.SocketInode(Environment.ProcessId, fd)));
        rig.Send("to the second");
        var third = rig.Start(3);
        Assert.Equal(inode, rig.Input.PrivateInode(3));
        rig.Input.Direct(new Route(3), null);
        rig.Send("to the third");
        Assert.Equal(["to the third"], third.ReadTexts());
    }

    [Fact]
    public void A_leave_never_lets_a_datagram_go_astray()
    {
        using var rig = new SteeringRig();
        rig.Input.Direct(new Route(1), null);
        var programs = new Dictionary<int, SteeredProgram> { [1] = rig.Start(1) };
        var random = new Random(5);
        var (main, next, number) = (1, 2, 0);
        List<string> got = [];
        for (var step = 0; step < 300; step++)
        {
            var others = programs.Keys.Where(g => g != main).ToList();
            switch (random.Next(3))
            {
                case 0 when programs.Count < 4:
                    programs[next] = rig.Start(next);
                    next++;
                    break;
                case 1 when others.Count > 0:
                    main = others[random.Next(others.Count)];
                    rig.Input.Direct(new Route(main), null);
                    break;
                case 2 when others.Count > 0:
                    var leaver = others[random.Next(others.Count)];
                    if (random.Next(2) == 0)
                    {
                        rig.Input.Leave(leaver);
                    }

                    rig.Kill(programs[leaver]);
                    rig.Input.Leave(leaver);
                    programs.Remove(leaver);
                    break;
                default:
                    break;
            }

            var expected = rig.Send(number, 5);
            number += 5;
            Assert.Equal(expected, programs[main].ReadTexts());
        }
    }

    [RootFact]
    public void The_receive_buffer_is_wide_and_that_of_the_plan_when_it_gives_one()
    {
        using (var rig = new SteeringRig())
        {
            rig.Start(1);
            Assert.True(Libc.GetOption(rig.Input.Representative!.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUF) > 2 * 212_992);
        }

        using (var rig = new SteeringRig(receiveBuffer: 300_000))
        {
            rig.Start(1);
            Assert.Equal(600_000, Libc.GetOption(rig.Input.Representative!.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUF));
        }
    }

    [RootFact]
    public void A_socket_of_another_user_that_cannot_be_made_ours_is_refused_with_a_clear_line()
    {
        using var rig = new SteeringRig();
        rig.Start(1);
        Unprivileged.Run(
            () =>
            {
                using var other = new SteeredProgram(rig.Address, 2);
                Assert.Equal(Errno.EADDRINUSE, other.Bind(rig.Input));
            },
            user: 65534);
        Assert.Contains("shares an address only among sockets of one user", Assert.Single(rig.Log.Lines).Line, StringComparison.Ordinal);
    }

    [RootFact]
    public void A_socket_of_another_user_joins_the_group_where_the_engine_may_give_it_away()
    {
        using var rig = new SteeringRig();
        rig.Input.Direct(new Route(1), null);
        rig.Start(1);
        using var other = new SteeredProgram(rig.Address, 2, fd => Assert.True(ReusePort.TryGiveTo(fd.Number, 65534)));
        Assert.Equal(0, other.Bind(rig.Input));
        rig.Input.Direct(new Route(2), null);
        rig.Send("a");
        Assert.Equal(["a"], other.ReadTexts());
        rig.Input.Direct(Route.Held, null); // The waiting room joins too.
        rig.Send("b");
        Assert.Empty(other.ReadAll());
    }
}
