using Aeterna.Generations;
using Aeterna.Linux;
using Aeterna.Machine;
using Aeterna.Orchestration.Switching;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Orchestration.Switching;

/// <summary>The order of steps in the switch and its way back, and what becomes of it when something dies or does not rest.</summary>
public sealed class TrafficSwitchTests : IAsyncDisposable
{
    private readonly FakeTraffic _traffic = new() { Unread = 3 };
    private readonly FakeGeneration _old = new(1);
    private readonly FakeGeneration _new = new(2);
    private readonly CancellationTokenSource _hasten = new();

    public TrafficSwitchTests()
    {
        _old.Say = _traffic.Say;
        _new.Say = _traffic.Say;
    }

    public async ValueTask DisposeAsync()
    {
        _hasten.Dispose();
        await _old.DisposeAsync();
        await _new.DisposeAsync();
    }

    [Fact]
    public void Forward_flips_while_the_new_one_is_held_and_lets_it_go_when_the_old_one_is_parked()
    {
        var result = Forward();
        Assert.Equal((SwitchOutcome.Switched, null, 0), (result.Outcome, result.Why, result.FramesMoved));
        Assert.InRange(result.PausedMs!.Value, 0.5, 60_000);
        Assert.Equal(["prepare 2", "freeze 2", "direct 2", "freeze 1", "thaw 2"], _traffic.Taken());
        Assert.True(_old.IsFrozen);
    }

    [Fact]
    public void The_new_one_has_accepted_every_connection_before_it_is_held()
    {
        var left = 3;
        _traffic.Left = _ =>
        {
            _traffic.Say($"left {left}");
            return left--;
        };
        Assert.Equal(SwitchOutcome.Switched, Forward().Outcome);
        Assert.Equal(["prepare 2", "left 3", "left 2", "left 1", "left 0", "prepare 2", "freeze 2", "direct 2", "freeze 1", "thaw 2"], _traffic.Taken());
    }

    [Theory]
    [InlineData("it accepts no more")]
    [InlineData("it dies")]
    [InlineData("it is called back")]
    public async Task One_that_does_not_accept_them_is_not_waited_for(string what)
    {
        _traffic.Left = _ =>
        {
            if (what == "it dies")
            {
                _new.Die(1);
            }
            else if (what == "it is called back")
            {
                _hasten.Cancel();
            }

            return 7;
        };
        var result = await Task.Run(() => Forward()).Bounded();
        Assert.Equal(what == "it accepts no more" ? SwitchOutcome.Switched : SwitchOutcome.Recalled, result.Outcome);
    }

    [Fact]
    public async Task One_that_accepts_them_slowly_is_waited_for_as_long_as_the_timeout_is()
    {
        var left = int.MaxValue;
        _traffic.Left = _ => left--;
        await Task.Run(() => Forward(TimeSpan.FromSeconds(1))).Bounded();
        Assert.InRange(left, 1, int.MaxValue - 1);
    }

    [Fact]
    public void The_old_one_is_not_looked_at_before_a_datagram_under_way_has_arrived()
    {
        var (flipped, looked) = (0L, 0L);
        _traffic.Directing = _ => flipped = System.Diagnostics.Stopwatch.GetTimestamp();
        _traffic.Read = _ =>
        {
            looked = looked == 0 ? System.Diagnostics.Stopwatch.GetTimestamp() : looked;
            return true;
        };
        Forward();
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(flipped, looked) >= TimeSpan.FromMilliseconds(0.5));
    }

    [Fact]
    public void It_is_flushed_once_it_rests_if_it_catches_the_signal_and_has_to_rest_again()
    {
        _old.Caught.Add(1);
        var looks = 0;
        _old.Does = () =>
        {
            looks++;
            return new Activity([], 0);
        };
        Assert.Equal(SwitchOutcome.Switched, Forward().Outcome);
        Assert.Equal(["prepare 2", "freeze 2", "direct 2", "signal 1 to 1", "freeze 1", "thaw 2"], _traffic.Taken());
        Assert.Equal(10, looks);
    }

    [Theory]
    [InlineData(true, "recalled: generation 1 did not come to rest within switch_timeout of 50ms: it had not read all that it was given (force the reload to switch all the same)")]
    [InlineData(false, "recalled: generation 1 did not come to rest within switch_timeout of 50ms: thread 7 (worker) was running (force the reload to switch all the same)")]
    public void One_that_is_too_slow_gets_everything_back_and_the_new_one_dies(bool unread, string why)
    {
        _traffic.Read = generation => !unread;
        _old.Does = Busy;
        var result = Forward(TimeSpan.FromMilliseconds(50));
        Assert.Equal((SwitchOutcome.Recalled, why, 3), (result.Outcome, result.Why, result.FramesMoved));
        Assert.Equal(["prepare 2", "freeze 2", "direct 2", "direct 1 back 2", "kill 2"], _traffic.Taken());
        Assert.False(_old.IsFrozen);
    }

    [Fact]
    public void By_force_one_that_does_not_rest_is_stopped_where_it_is()
    {
        _old.Does = Busy;
        var result = Forward(TimeSpan.FromMilliseconds(50), forced: true);
        Assert.Equal((SwitchOutcome.Forced, 3), (result.Outcome, result.FramesMoved));
        Assert.StartsWith(
            "by force: generation 1 did not come to rest within switch_timeout of 50ms: thread 7 (worker) was running; ", result.Why, StringComparison.Ordinal);
        Assert.Equal(["prepare 2", "freeze 2", "direct 2", "freeze 1", "direct 2 back 1", "thaw 2"], _traffic.Taken());
        Assert.True(_old.IsFrozen);
    }

    [Fact]
    public void By_force_nothing_is_taken_from_one_that_cannot_be_held_still()
    {
        (_old.Does, _old.Restless) = (Busy, true);
        var result = Forward(TimeSpan.FromMilliseconds(50), forced: true);
        Assert.Equal((SwitchOutcome.Forced, 0), (result.Outcome, result.FramesMoved));
        Assert.Equal(["prepare 2", "freeze 2", "direct 2", "freeze 1", "direct 2", "thaw 2"], _traffic.Taken());
    }

    [Fact]
    public void Whoever_is_let_go_opens_its_files_anew_before_anything_else()
    {
        _new.Caught.Add(10);
        Forward(reopen: 10);
        Assert.Equal(["prepare 2", "freeze 2", "direct 2", "freeze 1", "signal 10 to 2", "thaw 2"], _traffic.Taken());
    }

    [Fact]
    public void A_signal_to_open_its_files_anew_is_not_sent_to_one_that_it_would_end()
    {
        Forward(reopen: 10);
        Assert.Equal(["prepare 2", "freeze 2", "direct 2", "freeze 1", "thaw 2"], _traffic.Taken());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_can_be_called_back_at_any_time_before_the_old_one_rests(bool forced)
    {
        _old.Does = Busy;
        _traffic.Directing = _ => _hasten.Cancel();
        var result = await Task.Run(() => Forward(TimeSpan.FromHours(1), forced)).Bounded();
        Assert.Equal((SwitchOutcome.Recalled, "recalled: the switch was called back"), (result.Outcome, result.Why));
    }

    [Fact]
    public void The_old_one_dies_in_it_and_the_new_one_takes_over_with_what_that_had_not_read()
    {
        _traffic.Directing = route => _old.Die(signal: 9);
        var result = Forward();
        Assert.Equal((SwitchOutcome.Switched, 3), (result.Outcome, result.FramesMoved));
        Assert.Contains("what had been read and not yet written is gone", result.Why, StringComparison.Ordinal);
        Assert.Equal(["prepare 2", "freeze 2", "direct 2", "direct 2 back 1", "thaw 2"], _traffic.Taken());
    }

    [Fact]
    public void What_is_left_of_an_old_one_that_died_is_killed_before_anything_is_taken_from_it()
    {
        _traffic.Directing = _ => _old.LoseMain();
        Assert.Equal(SwitchOutcome.Switched, Forward().Outcome);
        Assert.Equal(["prepare 2", "freeze 2", "direct 2", "kill 1", "direct 2 back 1", "thaw 2"], _traffic.Taken());
    }

    [Fact]
    public void The_new_one_dies_in_it_and_nothing_has_happened()
    {
        _traffic.Directing = route => _new.Die(signal: 9);
        Assert.Equal("recalled: generation 2 (pid 1002) was killed by signal 9 (SIGKILL) during the switch", Forward().Why);
        Assert.Equal(["prepare 2", "freeze 2", "direct 2", "direct 1 back 2", "kill 2"], _traffic.Taken());
    }

    [Fact]
    public async Task The_new_one_dies_while_the_old_one_works_and_that_one_is_not_waited_for()
    {
        _old.Does = Busy;
        _traffic.Directing = _ => _new.Die(signal: 9);
        var result = await Task.Run(() => Forward(TimeSpan.FromHours(1))).Bounded();
        Assert.Equal("recalled: generation 2 (pid 1002) was killed by signal 9 (SIGKILL) during the switch", result.Why);
    }

    [Fact]
    public void The_new_one_dies_when_the_old_one_is_parked_already_and_that_one_goes_on()
    {
        _old.Freezing = () => _new.Die(signal: 9);
        var result = Forward();
        Assert.Equal((SwitchOutcome.Recalled, "recalled: generation 2 (pid 1002) was killed by signal 9 (SIGKILL) during the switch"), (result.Outcome, result.Why));
        Assert.Equal(["prepare 2", "freeze 2", "direct 2", "freeze 1", "direct 1 back 2", "thaw 1", "kill 2"], _traffic.Taken());
        Assert.False(_old.IsFrozen);
    }

    [Fact]
    public void The_old_one_dies_while_it_is_parked_and_the_new_one_takes_over()
    {
        _old.Restless = true;
        _old.Freezing = () => _old.Die(signal: 9);
        Assert.Equal(SwitchOutcome.Switched, Forward().Outcome);
        Assert.Equal(["prepare 2", "freeze 2", "direct 2", "freeze 1", "direct 2 back 1", "thaw 2"], _traffic.Taken());
    }

    [Fact]
    public void Both_die_in_it_and_the_inputs_are_held()
    {
        _traffic.Directing = route =>
        {
            _old.Die();
            _new.Die();
        };
        Assert.Equal(SwitchOutcome.Recalled, Forward().Outcome);
        Assert.Equal(["prepare 2", "freeze 2", "direct 2", "direct held back 2", "kill 2"], _traffic.Taken());
    }

    [Fact]
    public void One_that_cannot_be_held_still_begins_nothing_and_an_old_one_that_cannot_is_recalled()
    {
        _new.Restless = true;
        Assert.Equal(SwitchOutcome.Refused, Forward().Outcome);
        Assert.Equal(["prepare 2", "freeze 2"], _traffic.Taken());
        _new.Restless = false;
        _old.Restless = true;
        Assert.Equal("recalled: generation 1 (pid 1001) could not be held still", Forward().Why);
        Assert.Equal(["prepare 2", "freeze 2", "direct 2", "freeze 1", "direct 1 back 2", "kill 2"], _traffic.Taken());
    }

    [Fact]
    public void Whatever_breaks_is_recalled()
    {
        _old.Does = () => throw new InvalidOperationException("boom");
        Assert.Equal("recalled: the switch broke: boom", Forward().Why);
        Assert.Equal("direct 1 back 2", _traffic.Calls.ElementAt(3));
    }

    [Fact]
    public void Back_flips_to_the_parked_one_parks_the_other_and_lets_it_go()
    {
        Park();
        Assert.Equal(SwitchOutcome.Switched, Back().Outcome);
        Assert.Equal(["prepare 1", "direct 1", "freeze 2", "thaw 1"], _traffic.Taken());
        Assert.True(_new.IsFrozen);
    }

    [Fact]
    public void One_that_does_not_rest_on_the_way_back_is_cut_off_and_what_it_had_not_read_is_taken()
    {
        Park();
        _new.Does = Busy;
        var result = Back(TimeSpan.FromMilliseconds(50));
        Assert.Equal((SwitchOutcome.Forced, 3), (result.Outcome, result.FramesMoved));
        Assert.StartsWith("generation 2 did not come to rest on the way back (thread 7 (worker) was running)", result.Why, StringComparison.Ordinal);
        Assert.Equal(["prepare 1", "direct 1", "freeze 2", "direct 1 back 2", "thaw 1"], _traffic.Taken());
    }

    [Fact]
    public void One_that_is_stopped_is_not_waited_for_on_the_way_back()
    {
        Park();
        _new.Does = () => new([new ThreadActivity { Thread = 7, Name = "worker", State = 'T', Call = -1, Progress = "1", Function = "" }], 0);
        Assert.Equal(SwitchOutcome.Forced, Back(TimeSpan.FromHours(1)).Outcome);
        Assert.Equal(["prepare 1", "direct 1", "freeze 2", "direct 1 back 2", "thaw 1"], _traffic.Taken());
    }

    [Fact]
    public void On_the_way_back_nothing_is_taken_from_one_that_cannot_be_held_still()
    {
        Park();
        (_new.Does, _new.Restless) = (Busy, true);
        var result = Back(TimeSpan.FromMilliseconds(50));
        Assert.Equal((SwitchOutcome.Forced, 0), (result.Outcome, result.FramesMoved));
        Assert.Equal(["prepare 1", "direct 1", "freeze 2", "direct 1", "thaw 1"], _traffic.Taken());
    }

    [Fact]
    public void What_is_left_of_one_that_died_on_the_way_back_is_killed_before_anything_is_taken_from_it()
    {
        Park();
        _traffic.Directing = _ => _new.LoseMain();
        Assert.Equal(SwitchOutcome.Switched, Back().Outcome);
        Assert.Equal(["prepare 1", "direct 1", "kill 2", "direct 1 back 2", "thaw 1"], _traffic.Taken());
    }

    [Fact]
    public void A_parked_one_that_died_leaves_everything_where_it_is()
    {
        Park();
        _old.Die(signal: 9);
        var result = Back();
        Assert.Equal((SwitchOutcome.Recalled, "generation 1 (pid 1001) was killed by signal 9 (SIGKILL) while it was parked"), (result.Outcome, result.Why));
        Assert.Empty(_traffic.Taken());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_death_on_the_way_back_gives_all_to_the_other(int dead)
    {
        Park();
        _traffic.Directing = _ => (dead == 1 ? _old : _new).Die();
        Assert.Equal(dead == 1 ? SwitchOutcome.Recalled : SwitchOutcome.Switched, Back().Outcome);
        string[] end = dead == 1 ? ["direct 2 back 1"] : ["direct 1 back 2", "thaw 1"];
        Assert.Equal(["prepare 1", "direct 1", .. end], _traffic.Taken());
    }

    [Fact]
    public void The_one_to_go_back_to_dies_when_the_other_is_held_already_and_that_one_goes_on()
    {
        Park();
        _new.Does = Busy;
        _new.Freezing = () => _old.Die(signal: 9);
        Assert.Equal(SwitchOutcome.Recalled, Back(TimeSpan.FromMilliseconds(50)).Outcome);
        Assert.Equal(["prepare 1", "direct 1", "freeze 2", "direct 2 back 1", "thaw 2"], _traffic.Taken());
        Assert.False(_new.IsFrozen);
    }

    private static Activity Busy() =>
        new([new ThreadActivity { Thread = 7, Name = "worker", State = 'R', Call = -1, Progress = "1", Function = "" }], 0);

    private void Park()
    {
        Assert.True(_old.Freeze(default));
        _traffic.Taken();
    }

    private SwitchResult Forward(TimeSpan? timeout = null, bool forced = false, int? reopen = null) => Make(_old, _new, timeout, forced, reopen).Forward();

    private SwitchResult Back(TimeSpan? timeout = null) => Make(_new, _old, timeout).Back();

    private TrafficSwitch Make(IGeneration from, IGeneration to, TimeSpan? timeout, bool forced = false, int? reopen = null) => new(
        _traffic, new RestWatch(_traffic, TimeProvider.System), TimeProvider.System, from, to, 1, timeout ?? TimeSpan.FromSeconds(30), _hasten.Token)
    {
        Forced = forced,
        Reopen = reopen,
    };
}
