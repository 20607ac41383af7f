using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>Watches a run of the machine and fails as soon as one of its invariants is broken.</summary>
internal sealed class Referee
{
    private readonly HashSet<int> _ending = [];
    private readonly HashSet<int> _promoted = [];
    private readonly HashSet<int> _pendingRequests = [];
    private readonly TrafficReferee _traffic = new();
    private int? _committed;
    private int _launchesUnanswered;
    private int? _record;
    private string? _phase;
    private bool _stopAsked;
    private bool _exited;
    private int? _passed;

    public void Check(MachineState before, MachineEvent happened, MachineState after, IReadOnlyList<Effect> effects)
    {
        See(before, happened);
        _traffic.See(before, happened);
        foreach (var effect in effects)
        {
            _traffic.See(before, effect, after, _ending);
            See(before, happened, effect, after);
        }

        _traffic.Check(before, happened, after);
        Assert.InRange(_launchesUnanswered, 0, 1);
        Assert.Equal(_launchesUnanswered == 1, after.Candidate is { Pid: 0 });
        Assert.Equal(_record, after.Attempt?.Number);
        Assert.Equal(_phase, after.Attempt?.Phase);
        Assert.Equal(after.FsmState == FsmState.Running, after is { Active: not null, Attempt: null, Lifetime: Lifetime.Going });
        Assert.Equal(_exited, after.Lifetime == Lifetime.Ended);
        Assert.Equal(after.Leaving.Count, after.Leaving.Select(member => member.Number).Distinct().Count());
        Assert.DoesNotContain(after.Leaving, member =>
            member.Number == after.Active?.Number || member.Number == after.Candidate?.Number || member.Number == after.Parked?.Number);
        Assert.True(after.Attempt is { Request: not null } ? _pendingRequests.Count == 1 : _pendingRequests.Count == 0);
        Assert.True(after is { Candidate: null } or { Attempt: not null } or { Lifetime: Lifetime.Stopping });
        Assert.True(!effects.OfType<ReleaseUnused>().Any() || after is { Active: not null, Candidate: null });
        if (_exited)
        {
            Assert.True(after is { Active: null, Candidate: null, Parked: null, Switch: null, Attempt: null, Leaving.IsEmpty: true });
        }

        // What was queued waits for nothing but the end of what is under way.
        Assert.True(after is { Queued: null } or { Attempt: not null } or { Lifetime: Lifetime.New });
        if (after is { Lifetime: Lifetime.Going, Active: null, Attempt: null, Restart.Owed: true })
        {
            Assert.True(after.Restart.Waiting);
        }
    }

    private void See(MachineState before, MachineEvent happened)
    {
        switch (happened)
        {
            case ReloadAsked e: _pendingRequests.Add(e.Request); break;
            case RollbackAsked e: _pendingRequests.Add(e.Request); break;
            case PromoteAsked e: _pendingRequests.Add(e.Request); break;
            case RoundPassed e when before.Attempt is { Step: AttemptStep.Soaking } && before.Candidate?.Number == e.Generation: _passed = e.Generation; break;
            case StopAsked e: _pendingRequests.Add(e.Request); _stopAsked = true; break;
            case UpgradeAsked e: _pendingRequests.Add(e.Request); break;
            case Launched e when before.Candidate is { Pid: 0 } && before.Candidate.Number == e.Generation: _launchesUnanswered--; break;
            case LaunchFailed e when before.Candidate is { Pid: 0 } && before.Candidate.Number == e.Generation: _launchesUnanswered--; break;
            default: break;
        }
    }

    private void See(MachineState before, MachineEvent happened, Effect effect, MachineState after)
    {
        Assert.True(!_exited || effect is Take or Refuse, $"{effect} after exit");
        switch (effect)
        {
            case OpenRecord e: Assert.Null(_record); _record = e.Attempt; break;
            case CloseRecord e: Assert.Equal(_record, e.Attempt); Assert.Null(_phase); _record = null; break;
            case EnterPhase e: Assert.Equal(_record, e.Attempt); Assert.Null(_phase); _phase = e.Name; break;
            case LeavePhase e: Assert.Equal(_record, e.Attempt); Assert.Equal(_phase, e.Name); _phase = null; break;
            case Launch: _launchesUnanswered++; break;
            case Committed e: _committed = e.Generation; break;
            case Drain e: MayEnd(before, happened, e.Generation, after); break;
            case EndSoak e:
                // Only of a candidate that has shown something, and once.
                Assert.Equal((_record, _passed, AttemptStep.Soaking), (e.Attempt, e.Generation, after.Attempt!.Step));
                Assert.True(_promoted.Add(e.Generation), $"generation {e.Generation} was promoted twice");
                break;
            case Discard e: MayEnd(before, happened, e.Generation, after); break;
            case Kill e: Assert.Contains(e.Generation, _ending); Assert.True(_stopAsked); break;
            case EndLeft e: Assert.Contains(e.Generation, _ending); Assert.True(_stopAsked); break;
            case HandOver e:
                // There is one generation, and nothing is owed to anybody.
                Assert.True(_pendingRequests.Remove(e.Request), $"{e} was answered before");
                Assert.True(after is { Active: not null, Attempt: null, Candidate: null, Parked: null, Switch: null, Leaving.IsEmpty: true });
                break;
            case Take e: Assert.True(_pendingRequests.Remove(e.Request), $"{e} was answered before"); break;
            case Queue e:
                Assert.True(_pendingRequests.Remove(e.Request), $"{e} was answered before");
                Assert.Equal(e.Request, after.Queued?.Request);
                break;
            case Refuse e: Assert.True(_pendingRequests.Remove(e.Request), $"{e} was answered before"); break;
            case Exit: _exited = true; break;
            default: break;
        }
    }

    private void MayEnd(MachineState before, MachineEvent happened, int generation, MachineState after)
    {
        Assert.True(_ending.Add(generation), $"generation {generation} was told to end twice");
        if (before.Active?.Number == generation)
        {
            var replaced = _committed is { } served && served != generation;
            var died = happened is Exited exited && exited.Generation == generation || before.Deferred.Any(e => e.Generation == generation);
            var sequential = after.Attempt is { Displaced: true, Traffic.Traffic: Traffic.Sequential };
            Assert.True(replaced || died || sequential || _stopAsked, $"the active generation {generation} was told to end by {happened}");
        }
    }
}
