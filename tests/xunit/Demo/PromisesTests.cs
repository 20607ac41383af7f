using Aeterna.Demo;
using Aeterna.Load.Accounts;
using Aeterna.Load.Messages;
using Aeterna.Load.Running;
using Aeterna.Load.Verification;
using Xunit;

namespace Aeterna.Tests.Demo;

public class PromisesTests
{
    private static readonly TimeSpan _kill = TimeSpan.FromSeconds(10);

    [Fact]
    public void A_run_in_which_nothing_went_wrong_keeps_them_all() => Assert.Empty(Promises.Broken(Outcome()));

    [Theory]
    [InlineData("connects refused")]
    [InlineData("connects timed out")]
    [InlineData("connections reset")]
    [InlineData("connections left open by the service")]
    [InlineData("unix datagrams that found no path")]
    [InlineData("TCP messages lost")]
    [InlineData("UDP datagrams lost")]
    [InlineData("unix datagrams lost")]
    [InlineData("messages doubled")]
    [InlineData("lines torn")]
    [InlineData("messages out of order")]
    [InlineData("wrong client addresses")]
    [InlineData("connections that this machine could not make")]
    public void One_of_each_breaks_its_promise_alone(string text)
    {
        var outcome = text switch
        {
            "connects refused" => Outcome(tcp: t => t with { Refused = 1 }),
            "connects timed out" => Outcome(tcp: t => t with { TimedOut = 1 }),
            "connections reset" => Outcome(tcp: t => t with { Mishaps = [new Mishap(MishapKind.Reset, 5000, "")] }),
            "connections left open by the service" => Outcome(tcp: t => t with { NotClosed = 1 }),
            "unix datagrams that found no path" => Outcome(tcp: t => t with { PathGone = 1 }),
            "TCP messages lost" => Outcome(lost: [(Protocol.TcpLong, TimeSpan.FromSeconds(5))]),
            "UDP datagrams lost" => Outcome(lost: [(Protocol.Udp, TimeSpan.FromSeconds(5))]),
            "unix datagrams lost" => Outcome(lost: [(Protocol.Unix, TimeSpan.FromSeconds(5))]),
            "messages doubled" => Outcome(findings: f => f with { Doubled = 1 }),
            "lines torn" => Outcome(torn: 2), // One is the killed process's.
            "messages out of order" => Outcome(findings: f => f with { OutOfOrder = 1 }),
            "wrong client addresses" => Outcome(findings: f => f with { WrongAddress = 1 }),
            _ => Outcome(tcp: t => t with { Local = 1 }),
        };
        Assert.Equal([$"{text}: 1, promised 0"], Promises.Broken(outcome));
    }

    [Theory]
    [InlineData(9.5, 1, 0)]
    [InlineData(9.9, 0, 1)]
    [InlineData(10.1, 1, 0)]
    public void What_a_killed_process_had_read_is_told_from_what_was_lost(double sentAt, int lost, int byKill)
    {
        var outcome = Outcome(lost: [(Protocol.Udp, TimeSpan.FromSeconds(sentAt))]);
        Assert.Equal((lost, byKill), (outcome.LostOf(Protocol.Udp), outcome.LostByKill));
    }

    [Fact]
    public void A_connection_that_breaks_at_a_kill_is_a_broken_promise_too() =>
        Assert.NotEmpty(Promises.Broken(Outcome(tcp: t => t with { Mishaps = [new Mishap(MishapKind.Reset, 10_010, "")] })));

    private static Outcome Outcome(
        Func<SenderReport, SenderReport>? tcp = null,
        Func<ProtocolFindings, ProtocolFindings>? findings = null,
        long torn = 0,
        IReadOnlyList<(Protocol, TimeSpan)>? lost = null)
    {
        var sender = new SenderReport
        {
            Protocol = Protocol.TcpShort,
            Attempted = 100,
            Connected = 100,
            Refused = 0,
            TimedOut = 0,
            Reset = 0,
            ClosedByPeer = 0,
            NotClosed = 0,
            PathGone = 0,
            Local = 0,
            HeldBack = 0,
            Messages = 200,
            Bytes = 100_000,
            LongestMs = 1,
            LatestMs = 1,
            SendingSeconds = 20,
            Mishaps = [],
        };
        var found = new ProtocolFindings
        {
            Protocol = Protocol.TcpShort,
            Sent = 200,
            Written = 200,
            Lost = 0,
            Doubled = 0,
            Torn = 0,
            OutOfOrder = 0,
            WrongAddress = 0,
            Unconfirmed = 0,
        };
        return new Outcome(
            new LoadReport
            {
                StartedAt = DateTimeOffset.UnixEpoch,
                DurationSeconds = 20,
                CpuSeconds = 1,
                Senders = [tcp is null ? sender : tcp(sender)],
                Sources = [],
            },
            new VerificationReport
            {
                Protocols = [findings is null ? found : findings(found)],
                Torn = torn,
                Strangers = 0,
                CutFiles = [],
                OwnLines = 0,
                First = [],
            },
            lost ?? [],
            [_kill]);
    }
}
