using Aeterna.Load.Messages;
using Aeterna.Load.Verification;
using Xunit;
using static Aeterna.Tests.Load.OutputFiles;

namespace Aeterna.Tests.Load;

public sealed class VerifierTests : IDisposable
{
    private readonly OutputFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Finds_nothing_wrong_in_whole_files_of_either_kind()
    {
        _files.Write("1", Raw(1), Raw(2), Msg(3, " "), Msg(4, ""));
        _files.Write("2", Raw(5, length: 4200), Raw(6, length: 0));
        var report = _files.Verify(false, Sent(6));
        Assert.True(report.Clean);
        Assert.Equal((6, 6), (report.Sent, report.Written));
    }

    [Fact]
    public void Finds_a_lost_message()
    {
        _files.Write("1", Raw(1), Raw(2), Raw(4));
        var report = _files.Verify(false, Sent(5));
        Assert.Equal((5, 3, 2), (report.Sent, report.Written, report.Lost));
        Assert.Equal(["l0 3 is lost", "l0 5 is lost"], report.First);
        Assert.False(report.Clean);
    }

    [Fact]
    public void Does_not_miss_what_was_never_wholly_sent_and_says_when_it_is_there_all_the_same()
    {
        _files.Write("1", Raw(1), Raw(4));
        var found = _files.Verify(false, Sent(4, "l0", 2, 3, 4)).Of(Protocol.TcpLong)!;
        Assert.Equal((1, 1, 0, 1), (found.Sent, found.Written, found.Lost, found.Unconfirmed));
    }

    [Fact]
    public void Finds_a_doubled_message_in_one_file_and_over_two()
    {
        var (first, second) = (Raw(1), Raw(2));
        _files.Write("1", first, first, second);
        _files.Write("2", second);
        var report = _files.Verify(false, Sent(2));
        Assert.Equal((2, 0, 2), (report.Doubled, report.Lost, report.Written));
        Assert.False(report.Clean);
    }

    [Fact]
    public void Finds_a_line_cut_in_two_wherever_the_cut_is()
    {
        var line = Raw(1, length: 60);
        for (var cut = 1; cut < line.Length; cut++)
        {
            _files.Write("1", line[..cut], line[cut..]);
            var report = _files.Verify(false, Sent(1));
            Assert.False(report.Clean, $"cut at {cut}");
            Assert.True(report.Torn >= 1, $"cut at {cut}");
        }
    }

    [Fact]
    public void Finds_any_byte_that_was_changed_or_left_out()
    {
        var line = Raw(1, length: 60);
        for (var at = 0; at < line.Length; at++)
        {
            _files.Write("1", line[..at] + (line[at] == 'x' ? 'y' : 'x') + line[(at + 1)..]);
            Assert.False(_files.Verify(false, Sent(1)).Clean, $"changed at {at}");
            _files.Write("1", line[..at] + line[(at + 1)..]);
            Assert.False(_files.Verify(false, Sent(1)).Clean, $"left out at {at}");
        }
    }

    [Fact]
    public void Finds_two_writers_that_tore_each_others_lines()
    {
        var (a, b) = (Raw(1, "l0"), Raw(1, "l1"));
        _files.Write("1", a[..100] + b, a[100..]);
        var report = _files.Verify(false, Sent(1, "l0"), Sent(1, "l1"));
        Assert.Equal((2, 2), (report.Torn, report.Lost));
    }

    [Fact]
    public void Finds_a_message_behind_a_later_one_of_its_connection_and_file_only()
    {
        _files.Write("1", Raw(2, connection: 1), Raw(1, connection: 0), Raw(5, connection: 1), Raw(4, connection: 1));
        _files.Write("2", Raw(3, connection: 1));
        var report = _files.Verify(false, Sent(5));
        Assert.Equal((1, 0), (report.OutOfOrder, report.Lost));
        Assert.EndsWith("l0 4 is behind 5", Assert.Single(report.First), StringComparison.Ordinal);
    }

    [Fact]
    public void Finds_a_wrong_address()
    {
        _files.Write("1", "127.0.0.7 " + Raw(1, from: "127.0.0.7"), "127.0.0.1 " + Raw(2, from: "127.0.0.7"), "127.0.0.1 " + Raw(3, from: "-"));
        var report = _files.Verify(true, Sent(3));
        Assert.Equal((1, 0, 0), (report.WrongAddress, report.Torn, report.Lost));
        Assert.False(report.Clean);
    }

    [Fact]
    public void Takes_rsyslogds_own_lines_for_what_they_are_unless_a_message_hangs_on_them()
    {
        const string Start = "[origin software=\"rsyslogd\" swVersion=\"8.2302.0\" x-pid=\"1\" x-info=\"https://www.rsyslog.com\"] start";
        const string Buffer = "socket 5, actual os socket rcvbuf size 8388608  [v8.2302.0]";
        _files.Write("1", Start, Buffer, Raw(1));
        Assert.Equal((2, 0), (_files.Verify(false, Sent(1)).OwnLines, _files.Verify(false, Sent(1)).Torn));
        _files.Write("1", Start + Raw(1));
        Assert.Equal((0, 1), (_files.Verify(false, Sent(1)).OwnLines, _files.Verify(false, Sent(1)).Torn));
    }

    [Fact]
    public void Finds_messages_of_another_run()
    {
        _files.Write("1", Raw(1), Raw(2), Raw(1, "u7"));
        var report = _files.Verify(false, Sent(1));
        Assert.Equal((2, 0), (report.Strangers, report.Lost));
        Assert.False(report.Clean);
    }

    [Fact]
    public void Names_a_file_whose_last_line_has_no_end()
    {
        _files.Write("1", Raw(1));
        _files.Append("1", Raw(2)[..50]);
        var report = _files.Verify(false, Sent(1));
        Assert.Equal([_files.PathOf("1")], report.CutFiles);
    }

    [Fact]
    public void Reads_on_where_it_stopped_though_that_was_within_a_line_and_takes_up_new_files()
    {
        var line = Raw(1);
        using var verifier = new Verifier(_files.Pattern);
        Assert.Equal(0, verifier.Poll());
        foreach (var c in line)
        {
            _files.Append("1", c.ToString());
            Assert.Equal(1, verifier.Poll());
            Assert.False(verifier.IsComplete([Sent(2)]));
        }

        _files.Append("1", "\n");
        _files.Write("2", Raw(2));
        verifier.Poll();
        Assert.True(verifier.IsComplete([Sent(2)]));
        Assert.True(verifier.Report([Sent(2)]).Clean);
    }

    [Fact]
    public async Task Settles_when_the_last_message_is_there_and_gives_up_on_one_that_does_not_come()
    {
        var patience = TimeSpan.FromSeconds(1);
        _files.Write("1", Raw(1));
        using var verifier = new Verifier(_files.Pattern);
        Assert.False(await Settling.Wait(verifier, [Sent(2)], patience, TimeSpan.FromMinutes(1)));
        var settled = Settling.Wait(verifier, [Sent(2)], TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        _files.Append("1", Raw(2) + "\n");
        Assert.True(await settled);
    }
}
