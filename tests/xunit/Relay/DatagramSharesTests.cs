using Aeterna.Relay.Datagrams;

using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>The pure parts of the datagram relay.</summary>
public class DatagramSharesTests
{
    [Fact]
    public void Of_any_hundred_turns_in_a_row_the_percentage_is_the_candidates()
    {
        for (var percent = 0; percent <= 100; percent++)
        {
            var counter = new ShareCounter();
            List<bool> turns = [];
            for (var n = 0; n < 300; n++)
            {
                turns.Add(counter.IsCandidatesTurn(percent));
                counter.Advance(percent);
            }

            for (var start = 0; start <= 200; start++)
            {
                Assert.Equal(percent, turns.Skip(start).Take(100).Count(t => t));
            }
        }
    }

    [Fact]
    public void What_is_put_in_front_comes_first_and_bytes_are_counted()
    {
        var waiting = new WaitingDatagrams();
        waiting.Add(new Datagram([3], null));
        waiting.PutInFront([new Datagram([1, 1], null), new Datagram([2], null)]);
        Assert.Equal((3, 4L), (waiting.Count, waiting.Bytes));
        List<byte> order = [];
        while (waiting.TryPeek(out var oldest))
        {
            order.Add(oldest.Bytes[0]);
            waiting.Remove();
        }

        Assert.Equal([1, 2, 3], order);
        Assert.Equal(0, waiting.Bytes);
    }

    [Fact]
    public void It_is_full_by_bytes_or_by_number()
    {
        var byBytes = new WaitingDatagrams();
        byBytes.Add(new Datagram(new byte[WaitingDatagrams.MaxBytes - 1], null));
        Assert.False(byBytes.IsFull);
        byBytes.Add(new Datagram([0], null));
        Assert.True(byBytes.IsFull);

        var byNumber = new WaitingDatagrams();
        for (var n = 0; n < WaitingDatagrams.MaxCount; n++)
        {
            Assert.False(byNumber.IsFull);
            byNumber.Add(new Datagram([], null));
        }

        Assert.True(byNumber.IsFull);
    }
}
