using System.Net.Sockets;

using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;
using Aeterna.Relay.Datagrams;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>The relay of unix datagrams: who gets what, through everything that generations do.</summary>
public class DatagramRelayTests
{
    [Fact]
    public async Task Each_datagram_goes_on_whole_whatever_its_length()
    {
        using var rig = new DatagramRig();
        var program = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        rig.Client.SendBufferSize = 400_000;
        string[] sent = ["a", "", new string('b', 8192), new string('c', 200_000), "d"];
        rig.Send(sent);
        Assert.Equal(sent, await program.Read(sent.Length));
        Assert.Equal((5, 208_194), (rig.Relay.Counts().FramesIn, rig.Relay.Counts().BytesIn));
        Assert.Equal(new GivenCounts(5, 208_194), rig.Relay.Counts().ToGeneration[1]);
    }

    [Fact]
    public async Task A_connected_sender_stays_connected_through_every_switch_and_nothing_is_lost_doubled_or_reordered()
    {
        const int switches = 50;
        using var rig = new DatagramRig();
        DatagramProgram[] programs = [rig.Start(0), rig.Start(1)];
        rig.Relay.Direct(new Route(0), null);
        var sending = Task.Run(() => rig.Send(0, 20_000));
        List<string> got = [];
        for (var n = 0; n < switches || !sending.IsCompleted; n++)
        {
            var old = n % 2;
            rig.Relay.Direct(new Route(1 - old), null);
            while (!rig.Relay.HasRead(old))
            {
                got.AddRange(programs[old].ReadThere());
            }

            Assert.Null(programs[old].TryRead()); // At rest is at rest.
            got.AddRange(programs[1 - old].ReadThere());
        }

        var expected = await sending;
        await Waiting.Until(() =>
        {
            got.AddRange(programs[0].ReadThere().Concat(programs[1].ReadThere()));
            return got.Count >= expected.Length;
        });
        Assert.Equal(expected, got);
    }

    [Fact]
    public async Task What_comes_while_traffic_is_held_waits_for_the_next_generation()
    {
        using var rig = new DatagramRig();
        var first = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        rig.Send("a");
        Assert.Equal("a", (await first.Read()).Text);
        rig.Relay.Direct(Route.Held, null);
        var held = rig.Send(0, 1_000);
        await Waiting.Until(() => rig.Relay.Counts().FramesIn == 1_001);
        Assert.True(rig.Relay.HasRead(1));
        Assert.Null(first.TryRead());
        first.Dispose();
        rig.Relay.Leave(1);

        var second = rig.Start(2);
        Assert.True(rig.Relay.HasRead(2)); // Nobody is to get anything yet.
        rig.Relay.Direct(new Route(2), null);
        Assert.False(rig.Relay.HasRead(2));
        Assert.Equal(held, await second.Read(held.Length));
        Assert.Equal(0, rig.Relay.Counts().WaitingBytes);
    }

    [Fact]
    public async Task Traffic_waits_for_a_generation_that_the_route_names_and_that_is_not_there_yet()
    {
        using var rig = new DatagramRig();
        var first = rig.Start(1);
        rig.Relay.Direct(new Route(2), null);
        rig.Send("a");
        await Waiting.Until(() => rig.Relay.Counts().FramesIn == 1);
        Assert.Null(first.TryRead());
        Assert.Equal("a", (await rig.Start(2).Read()).Text);
    }

    [Fact]
    public async Task What_a_dead_generation_had_not_read_goes_in_order_and_first_to_the_next()
    {
        using var rig = new DatagramRig();
        var first = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        var sent = rig.Send(0, 5_000); // More than its own queue takes.
        await Waiting.Until(() => rig.Relay.Counts().FramesIn == 5_000);
        Assert.Equal(sent[..100], Enumerable.Range(0, 100).Select(_ => first.TryRead()!.Value.Text));
        first.Dispose();
        var given = rig.Relay.Counts().ToGeneration[1].Frames;
        Assert.Equal(given - 100, rig.Relay.Direct(Route.Held, 1));
        Assert.Equal(100, rig.Relay.Counts().ToGeneration[1].Frames);
        rig.Relay.Leave(1);
        rig.Relay.Leave(1);
        Assert.Empty(rig.Relay.Counts().ToGeneration);
        rig.Send("last");

        var second = rig.Start(2);
        rig.Relay.Direct(new Route(2), null);
        Assert.Equal([.. sent[100..], "last"], await second.Read(4_901));
        Assert.Equal(0, rig.Relay.Counts().Lost);
    }

    [Fact]
    public async Task A_generation_that_leaves_with_a_full_queue_leaves_it_to_the_other()
    {
        using var rig = new DatagramRig();
        rig.Start(1);
        var second = rig.Start(2);
        rig.Relay.Direct(new Route(1), null);
        rig.Send("a", "b");
        await Waiting.Until(() => rig.Relay.Counts().ToGeneration[1].Frames == 2);
        rig.Relay.Direct(new Route(2), null);
        rig.Relay.Leave(1);
        Assert.Equal(["a", "b"], await second.Read(2));
    }

    [Fact]
    public async Task A_reader_that_never_reads_costs_a_bounded_buffer_and_then_its_senders_wait()
    {
        using var rig = new DatagramRig();
        rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        rig.Client.Blocking = false;
        List<string> sent = [];
        await Waiting.Until(() => IsFull(rig, sent, new string('x', 100)));
        var counts = rig.Relay.Counts();
        Assert.InRange(counts.FramesIn - counts.ToGeneration[1].Frames, WaitingDatagrams.MaxCount, WaitingDatagrams.MaxCount);

        // Senders have lost nothing: all that they could send is there, in order.
        var second = rig.Start(2);
        rig.Relay.Direct(new Route(2), 1);
        Assert.Equal(sent, await second.Read(sent.Count));
    }

    [Fact]
    public async Task The_buffer_is_bounded_in_bytes_too()
    {
        using var rig = new DatagramRig();
        rig.Client.Blocking = false;
        List<string> sent = [];
        await Waiting.Until(() => IsFull(rig, sent, new string('x', 10_000)));
        Assert.InRange(rig.Relay.Counts().WaitingBytes, WaitingDatagrams.MaxBytes, WaitingDatagrams.MaxBytes + 10_010);
        var program = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        Assert.Equal(sent, await program.Read(sent.Count));
    }

    [Fact]
    public async Task An_empty_datagram_is_unread_too()
    {
        using var rig = new DatagramRig();
        var program = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        Assert.True(rig.Relay.HasRead(1));
        rig.Send("");
        await Waiting.Until(() => rig.Relay.Counts().ToGeneration[1].Frames == 1);
        Assert.Equal((false, true), (rig.Relay.HasRead(1), rig.Relay.Leftover(1).IsThere));
        rig.Relay.Direct(Route.Held, null);
        Assert.False(rig.Relay.HasRead(1));
        Assert.Equal("", (await program.Read()).Text);
        Assert.Equal((true, false), (rig.Relay.HasRead(1), rig.Relay.Leftover(1).IsThere));
        Assert.Equal((true, false), (rig.Relay.HasRead(9), rig.Relay.Leftover(9).IsThere));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(33)]
    [InlineData(100)]
    public async Task A_candidates_share_is_exact(int percent)
    {
        using var rig = new DatagramRig();
        rig.Start(1);
        rig.Start(2);
        rig.Relay.Direct(new Route(1, 2, percent), null);
        rig.Send(0, 200);
        await Waiting.Until(() => rig.Relay.Counts().ToGeneration.Values.Sum(g => g.Frames) == 200);
        Assert.Equal(2 * percent, rig.Relay.Counts().ToGeneration[2].Frames);
    }

    [Fact]
    public async Task A_candidate_that_does_not_read_holds_up_nobody()
    {
        using var rig = new DatagramRig();
        var main = rig.Start(1);
        rig.Start(2);
        rig.Relay.Direct(new Route(1, 2, 50), null);
        var sending = Task.Run(() => rig.Send(0, 20_000));
        var read = 0;
        await Waiting.Until(() =>
        {
            read += main.ReadThere().Count();
            return sending.IsCompleted && read + rig.Relay.Counts().ToGeneration[2].Frames == 20_000;
        });
        Assert.InRange(read, 10_001, 19_999);
    }

    [Fact]
    public void The_given_socket_is_as_the_programs_own_was_and_credentials_are_wanted_from_the_start()
    {
        const int SO_PASSCRED = 16;
        using var rig = new DatagramRig();
        var flags = LibC.fcntl(rig.Public.Number, Libc.F_GETFL, 0);
        var blocking = rig.Start(1);
        var other = rig.Start(2, nonBlocking: true);
        Assert.False(blocking.IsNonBlocking);
        Assert.True(other.IsNonBlocking);
        Assert.Equal(1, Libc.GetOption(other.Fd.Number, Libc.SOL_SOCKET, SO_PASSCRED));
        Assert.Equal(ProcFs.SocketInode(Environment.ProcessId, other.Fd.Number), rig.Relay.PrivateInode(2));
        Assert.Null(rig.Relay.PrivateInode(3));
        Assert.Null(rig.Relay.Side(2));
        Assert.Equal(Errno.EOPNOTSUPP, rig.Relay.Listen(2, 5));
        Assert.Equal(flags, LibC.fcntl(rig.Public.Number, Libc.F_GETFL, 0));
    }

    [Fact]
    public async Task A_generation_that_binds_again_goes_on_with_its_queue_and_one_that_died_in_its_bind_leaves_nothing()
    {
        using var rig = new DatagramRig();
        var first = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        rig.Send("a");
        await Waiting.Until(() => rig.Relay.Counts().ToGeneration[1].Frames == 1);
        first.Dispose();
        Assert.Equal("a", (await rig.Start(1).Read()).Text);

        using var dying = new DatagramProgram(rig.Address, 2) { Lives = false };
        dying.Bound(rig.Relay);
        Assert.Null(rig.Relay.PrivateInode(2));
    }

    [Fact]
    public async Task A_program_that_shuts_its_end_down_gets_no_more_and_the_next_generation_gets_it()
    {
        using var rig = new DatagramRig();
        var first = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using (var end = new Socket(new SafeSocketHandle(LibC.fcntl(first.Fd.Number, Libc.F_DUPFD_CLOEXEC, 0), ownsHandle: true)))
        {
            end.Shutdown(SocketShutdown.Receive);
        }

        rig.Send("a");
        await Waiting.Until(() => !rig.Log.Lines.IsEmpty);
        var second = rig.Start(2);
        rig.Relay.Direct(new Route(2), null);
        Assert.Equal("a", (await second.Read()).Text);
        Assert.Contains("generation 1", Assert.Single(rig.Log.Lines).Line, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_datagram_that_no_buffer_can_hold_is_counted_and_said()
    {
        const int SO_SNDBUFFORCE = 32;
        using var rig = new DatagramRig();
        var program = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        Assert.True(Libc.SetOption((int)rig.Client.Handle, Libc.SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20));
        rig.Client.Send(new byte[WaitingDatagrams.MaxBytes + 1]);
        rig.Client.Send(new byte[WaitingDatagrams.MaxBytes]);
        Assert.Equal(WaitingDatagrams.MaxBytes, (await program.Read()).Text.Length);
        Assert.Equal(1, rig.Relay.Counts().Lost);
        Assert.Contains("holds at most", Assert.Single(rig.Log.Lines).Line, StringComparison.Ordinal);
    }

    private static bool IsFull(DatagramRig rig, List<string> sent, string filling)
    {
        try
        {
            while (sent.Count < 100_000)
            {
                var text = $"{sent.Count} {filling}";
                rig.Send(text);
                sent.Add(text);
            }

            throw new InvalidOperationException("it takes without bound");
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
        {
            // The relay may only be slow; what it has not taken after the next wait it does not take.
            var taken = rig.Relay.Counts();
            return taken.WaitingBytes >= WaitingDatagrams.MaxBytes
                || taken.FramesIn - taken.ToGeneration.Values.Sum(g => g.Frames) >= WaitingDatagrams.MaxCount;
        }
    }
}
