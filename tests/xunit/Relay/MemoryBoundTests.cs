using System.Globalization;
using System.Net.Sockets;

using Aeterna.Linux;
using Aeterna.Machine;
using Aeterna.Relay.Frames;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>All connections together hold so much memory and no more, and what they do not need any more is the machine's.</summary>
[Collection(Alone.Name)]
public sealed class MemoryBoundTests
{
    private const long Most = 8L << 20;

    [Fact]
    public async Task Clients_whose_messages_have_no_end_are_disconnected_and_nobody_else_is()
    {
        using var rig = new RelayRig(loops: 1, memory: Most);
        var program = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var honest = rig.Connect();
        var connection = await program.Accept();
        List<Client> crowd = [];
        try
        {
            var beginning = new byte[200_000];
            Array.Fill(beginning, (byte)'x');
            for (var i = 0; i < 100; i++)
            {
                var client = rig.Connect();
                crowd.Add(client);
                await Send(client.Socket, beginning);
                Assert.InRange(rig.InUse, 0, Most);
                var message = string.Create(CultureInfo.InvariantCulture, $"<13>message {i}\n");
                honest.Write(message);
                Assert.Equal(message, await connection.Read(message.Length));
            }

            await Temp.Until(() => rig.Log.Lines.Count(l => l.Line.Contains("relay.max_memory", StringComparison.Ordinal)) >= 100 - (Most / beginning.Length), "the others had to go");
            Assert.DoesNotContain(rig.Log.Lines, l => l.Line.Contains(honest.Socket.LocalEndPoint!.ToString()!, StringComparison.Ordinal));
        }
        finally
        {
            crowd.ForEach(client => client.Dispose());
        }

        // What came of the others before they went is the program's.
        var accepted = new List<Connection>();
        var rest = new byte[1 << 20];
        await Temp.Until(
            () =>
            {
                while (program.TryAccept() is { } next)
                {
                    next.Socket.Blocking = false;
                    accepted.Add(next);
                }

                accepted.ForEach(one => one.Socket.Receive(rest, SocketFlags.None, out _));
                return rig.InUse == 0 && rig.Spare <= SegmentPool.KeptLarge;
            },
            "the memory is given back");
    }

    // Small beginnings fill the memory too, if there are enough of them.
    [Fact]
    public async Task Many_small_beginnings_of_messages_do_not_hold_others_up()
    {
        using var rig = new RelayRig(loops: 1, memory: 1L << 20);
        var program = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        List<Client> crowd = [];
        try
        {
            for (var i = 0; i < 400; i++)
            {
                var client = rig.Connect();
                crowd.Add(client);
                client.Write("<13>" + new string('x', 2000));
            }

            using var honest = rig.Connect();
            honest.Write("<13>here I am\n");
            await Temp.Until(
                () =>
                {
                    while (program.TryAccept() is not null)
                    {
                    }

                    return rig.Counts.ToGeneration.GetValueOrDefault(1).Frames == 1;
                },
                "the message arrives");
            Assert.InRange(rig.InUse, 1, 1L << 20);
        }
        finally
        {
            crowd.ForEach(client => client.Dispose());
        }
    }

    // What waits for a generation is no client's fault: all wait, and nobody is disconnected.
    [Fact]
    public async Task While_a_generation_does_not_read_its_clients_wait_within_the_bound()
    {
        const int clients = 40;
        using var rig = new RelayRig(loops: 1, memory: Most);
        var program = rig.Start(1);
        rig.Relay.Direct(Route.Held, null);
        var chunk = System.Text.Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat("<13>a message of somebody who has a lot to say\n", 20_000)));
        var sending = new List<Task>();
        var sockets = new List<Client>();
        for (var i = 0; i < clients; i++)
        {
            var client = rig.Connect();
            sockets.Add(client);
            sending.Add(Task.Run(() => Send(client.Socket, chunk)));
        }

        var before = -1L;
        await Temp.Until(
            () =>
            {
                Assert.InRange(rig.InUse, 0, Most);
                var now = rig.Counts.BytesIn;
                var stands = now > 0 && now == before && rig.InUse > Most / 2;
                before = now;
                return stands;
            },
            "the memory is full");

        rig.Relay.Direct(new Route(1), null);
        var reading = Enumerable.Range(0, clients).Select(async _ => (await (await program.Accept()).Read(chunk.Length)).Length).ToList();
        Assert.All(await Task.WhenAll(reading), length => Assert.Equal(chunk.Length, length));
        await Task.WhenAll(sending);
        Assert.Empty(rig.Log.Lines);
        sockets.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_client_that_takes_no_answers_is_disconnected_when_the_memory_is_full()
    {
        using var rig = new RelayRig(null, loops: 1, memory: 2L << 20);
        var program = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        var answer = new byte[1 << 20];
        List<Client> clients = [];
        for (var i = 0; i < 12; i++)
        {
            clients.Add(rig.Connect());
            var connection = await program.Accept();
            connection.Socket.Blocking = false;
            await Temp.Until(
                () =>
                {
                    SocketError error;
                    do
                    {
                        connection.Socket.Send(answer, SocketFlags.None, out error);
                    }
                    while (error == SocketError.Success);
                    Assert.InRange(rig.InUse, 0, 2L << 20);
                    return !connection.Socket.Poll(0, SelectMode.SelectWrite) || error != SocketError.WouldBlock;
                },
                "it is held up, or gone");
        }

        await Temp.Until(() => rig.Log.Lines.Any(l => l.Line.Contains("relay.max_memory", StringComparison.Ordinal)), "somebody had to go");
        clients.ForEach(client => client.Dispose());
    }

    // It holds the most of what is not finished, and is the one who has to go when an answer to it needs memory.
    [Fact]
    public async Task A_client_that_has_to_go_while_it_is_answered_leaves_nothing()
    {
        using var rig = new RelayRig(loops: 1, memory: 2 * Segment.LargeSize);
        var program = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var client = rig.Connect();
        var connection = await program.Accept();
        client.Write(new string('x', 2 * Segment.SmallSize));
        await rig.Until(c => c.BytesIn == 2 * Segment.SmallSize, "it has come in");
        Assert.Equal(Segment.LargeSize, rig.InUse);
        Assert.Equal(1, rig.Counts.Connections);
        connection.Socket.Blocking = false;
        var answer = new byte[1 << 20];
        await Temp.Until(
            () =>
            {
                connection.Socket.Send(answer, SocketFlags.None, out _);
                return rig.Counts.Connections == 0;
            },
            "it has to go");
        Assert.Equal(0, rig.InUse);
        Assert.Single(rig.Log.Lines);
    }

    [Fact]
    public unsafe void Memory_that_is_let_go_is_the_machines()
    {
        const int count = 64;
        const int size = 1 << 20;
        var before = Resident();
        var memory = Enumerable.Range(0, count).Select(_ => new AnonymousMemory(size)).ToList();
        foreach (var one in memory)
        {
            new Span<byte>(one.Address, size).Fill(1);
        }

        var full = Resident();
        memory.ForEach(one => one.Dispose());
        Assert.InRange(full - before, count * size / 2, long.MaxValue);
        Assert.InRange(full - Resident(), count * size / 2, long.MaxValue);
    }

    private static long Resident() =>
        long.Parse(File.ReadLines("/proc/self/status").Single(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;

    // Until it is sent, or the connection is no more.
    private static async Task Send(Socket socket, byte[] bytes)
    {
        try
        {
            for (var sent = 0; sent < bytes.Length;)
            {
                sent += await socket.SendAsync(bytes.AsMemory(sent));
            }
        }
        catch (SocketException)
        {
        }
    }
}
