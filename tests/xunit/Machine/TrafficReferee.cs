using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Xunit;

namespace Aeterna.Tests.Machine;

/// <summary>The part of the <see cref="Referee"/> that watches who has traffic and who is frozen.</summary>
internal sealed class TrafficReferee
{
    private readonly HashSet<int> _frozen = [];
    private readonly HashSet<int> _dead = [];
    private BeginSwitch? _switch;
    private int? _main;

    public void See(MachineState before, MachineEvent happened)
    {
        switch (happened)
        {
            case Exited e when IsThere(before, e.Generation) && e.Generation != before.Switch?.From && e.Generation != before.Switch?.To:
                _dead.Add(e.Generation);
                break;
            case SwitchEnded e when _switch is { } begun && (begun.From, begun.To) == (e.From, e.To):
                _switch = null;
                End(e);
                break;
            default:
                break;
        }
    }

    public void See(MachineState before, Effect effect, MachineState after, IReadOnlySet<int> ending)
    {
        switch (effect)
        {
            case DirectTraffic e:
                Assert.Null(_switch);
                foreach (var generation in new[] { e.Route.Main, e.Route.Candidate }.OfType<int>())
                {
                    Assert.False(_dead.Contains(generation) || ending.Contains(generation), $"{e} names one that is dead or told to end");
                }

                Assert.True(e.TakeBack is not { } dead || _dead.Contains(dead) || before.Deferred.Any(d => d.Generation == dead), $"{e} takes back from the living");
                Assert.True(e.Route.Candidate is null || after.Attempt?.Traffic is not { Traffic: not Traffic.Split }, $"{e} with {after.Attempt?.Traffic}");
                _main = e.Route.Main;
                break;
            case BeginSwitch e:
                Assert.Null(_switch);
                Assert.Equal(e.Back, _frozen.Contains(e.To));
                Assert.DoesNotContain(e.From, _frozen);
                _switch = e;
                break;
            case Freeze e: Untouched(e.Generation); Assert.True(_frozen.Add(e.Generation)); break;
            case Thaw e: Untouched(e.Generation); Assert.True(_frozen.Remove(e.Generation)); break;
            case Drain e:
                Untouched(e.Generation);
                Assert.Equal(e.Standing != Standing.Running, _frozen.Remove(e.Generation));
                break;
            case Discard e: Untouched(e.Generation); _frozen.Remove(e.Generation); break;
            default: break;
        }
    }

    public void Check(MachineState before, MachineEvent happened, MachineState after)
    {
        foreach (var exited in happened is SwitchEnded && after.Switch is null ? before.Deferred : [])
        {
            _dead.Add(exited.Generation);
        }

        Assert.Equal(_switch is null ? null : new PendingSwitch(_switch.From, _switch.To), after.Switch);
        Assert.All(_frozen, generation => Assert.True(IsThere(after, generation), $"generation {generation} is frozen and forgotten"));
        Assert.True(_switch is not null || _main is not { } main || !_frozen.Contains(main), "the traffic goes to a frozen generation");
        Assert.True(after is not { Attempt: null, Active: { } active, Lifetime: Lifetime.Going } || _main == active.Number, "the active generation has no traffic");
    }

    private void End(SwitchEnded ended)
    {
        switch (ended.Result.Outcome)
        {
            case SwitchOutcome.Switched:
            case SwitchOutcome.Forced:
                _frozen.Add(ended.From);
                _frozen.Remove(ended.To);
                _main = ended.To;
                break;
            case SwitchOutcome.Recalled:
                _frozen.Remove(ended.To);
                _dead.Add(ended.To);
                break;
            default:
                break;
        }
    }

    private void Untouched(int generation) =>
        Assert.False(_switch is { } begun && (begun.From == generation || begun.To == generation), $"generation {generation} was touched during the switch");

    private static bool IsThere(MachineState state, int generation) =>
        state.Active?.Number == generation || state.Parked?.Number == generation || state.Candidate is { Pid: > 0 } candidate && candidate.Number == generation;
}
