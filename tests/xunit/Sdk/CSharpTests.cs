using Aeterna.Load;
using Aeterna.Sdk;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Sdk;

/// <summary>What the C# SDK gives, it takes as it was.</summary>
public class CSharpTests
{
    [Fact]
    public async Task State_of_every_kind_arrives_as_it_was_given()
    {
        var large = new byte[3_000_000];
        new Random(1).NextBytes(large);
        var (plain, taker) = SdkPair.Open();
        using var giver = new Connection(plain, TimeSpan.FromMinutes(1));
        using (taker)
        {
            using var given = State.FromJson(new[] { "ä", "b" }, new StateBuffer(large), new StateBuffer("small"u8.ToArray()), new StateBuffer(default));
            var taking = Task.Run(() => Taking.Take(taker));
            await Task.Run(() => Giving.Give(giver, given)).Bounded();
            using var taken = await taking.Bounded();
            Assert.Equal(FrameType.Finished, giver.Receive()!.Value.Type);
            Assert.Equal(["ä", "b"], taken.Json<string[]>()!);
            Assert.Equal([3_000_000, 5, 0], taken.Buffers.Select(b => b.Length));
            Assert.True(taken.Buffers[0].Span.SequenceEqual(large));
            Assert.Equal("small"u8.ToArray(), taken.Buffers[1].ToArray());
        }
    }

    [Fact]
    public async Task A_small_buffer_comes_over_the_stream()
    {
        var (plain, taker) = SdkPair.Open();
        using var giver = new Connection(plain, TimeSpan.FromMinutes(1));
        using (taker)
        {
            var taking = Task.Run(() => Taking.Take(taker));
            Giving.Give(giver, State.FromBytes("abc"u8.ToArray()));
            using var taken = await taking.Bounded();
            Assert.True(taken.JsonUtf8.IsEmpty);
            Assert.Equal("abc"u8.ToArray(), Assert.Single(taken.Buffers).ToArray());
        }
    }

    [Fact]
    public void Without_an_engine_all_is_quiet_and_empty()
    {
        using var state = AeternaService.LoadState();
        Assert.True(state.IsEmpty);
        Assert.False(AeternaService.Provide(_ => null));
        Assert.False(AeternaService.SaveState(State.FromJson(1)));
        AeternaService.Ready();
        using var listener = AeternaService.Listen(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, Ports.Next()));
        Assert.True(listener.IsBound);
        Assert.Equal((false, 0), (AeternaService.IsManaged, AeternaService.Generation));
    }

    [Fact]
    public void Json_of_another_kind_is_the_default_and_no_exception() => Assert.Null(State.FromJson(1).Json<string[]>());
}
