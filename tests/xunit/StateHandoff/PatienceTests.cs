using System.Net.Sockets;
using Aeterna.StateHandoff;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.StateHandoff;

/// <summary>How long the engine waits for a peer, on a clock that is moved.</summary>
public class PatienceTests
{
    [Fact]
    public async Task A_giver_that_says_nothing_after_a_whole_frame_has_given_all()
    {
        await using var peers = await StatePeers.Connect();
        var report = peers.Snapshot();
        var taking = peers.Take();
        await peers.Give(FrameHeader.Frame(FrameType.Json, "{}"u8)).Bounded();
        await peers.Time.WaitForTimer(PeerSource.Silence).Bounded();
        peers.Time.Advance(PeerSource.Silence - TimeSpan.FromTicks(1));
        Assert.False(taking.IsCompleted);
        peers.Time.Advance(TimeSpan.FromTicks(1));
        await taking.Bounded();
        Assert.Equal("success", (await report.Bounded()).Status);
    }

    [Fact]
    public async Task One_that_is_done_and_does_not_close_is_closed_after_a_while()
    {
        await using var peers = await StatePeers.Connect();
        var report = peers.Snapshot();
        var taking = peers.Take();
        await peers.Give(FrameHeader.Frame(FrameType.Json, "{}"u8), StatePeers.Finished).Bounded();
        await taking.Bounded();
        await report.Bounded();
        Assert.Equal(0, peers.New.Receive(new byte[1])); // It is told at once that nothing more will come.

        await peers.Time.WaitForTimer(PeerFarewell.PatienceForAck).Bounded();
        peers.Time.Advance(PeerFarewell.PatienceForAck - TimeSpan.FromTicks(1));
        peers.New.Send(StatePeers.Finished);
        peers.Time.Advance(TimeSpan.FromTicks(1));
        await Waiting.Until(() => !Takes(peers.New));
    }

    [Fact]
    public async Task A_handoff_that_runs_out_of_time_says_what_it_waited_for()
    {
        await using var peers = await StatePeers.Connect();
        var report = peers.Snapshot();
        peers.AwaitRequest();
        await peers.Time.Pass(StatePeers.Timeout).Bounded();
        var outcome = await report.Bounded();
        Assert.Equal("failed", outcome.Status);
        Assert.Equal("state_handoff.timeout of 1m was over while the engine waited for the old process's state", outcome.Detail);
    }

    private static bool Takes(Socket socket)
    {
        try
        {
            socket.Send(StatePeers.Finished);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
