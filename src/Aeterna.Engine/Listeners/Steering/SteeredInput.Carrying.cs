using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;

namespace Aeterna.Listeners.Steering;

/// <summary>A <see cref="SteeredInput"/> as plain data.</summary>
internal sealed record SteeredState : InputState
{
    /// <summary>Its sockets.</summary>
    public required IReadOnlyList<MemberState> Members { get; init; }

    /// <summary>Those of them that are in the kernel's group, in its order: places in <see cref="Members"/>.</summary>
    public required IReadOnlyList<int> Order { get; init; }

    /// <summary>Who gets what nobody else gets; -1: nobody was chosen yet.</summary>
    public required int Main { get; init; }

    /// <summary>Who was given the waiting room; -1: nobody.</summary>
    public required int Heir { get; init; }

    public required long Lost { get; init; }

    public required long Carried { get; init; }

    public required long CarriedBytes { get; init; }
}

/// <summary>A socket of a group.</summary>
internal sealed record MemberState(int Fd, int? Generation, bool Departed, GivenCounts Given);

/// <content>From one engine to the next. The kernel goes on steering meanwhile.</content>
internal sealed partial class SteeredInput
{
    /// <summary>Nothing: only those who ask do something to it.</summary>
    public void HoldStill()
    {
    }

    /// <inheritdoc/>
    public InputState State(LedgerBytes? bytes)
    {
        lock (_gate)
        {
            return new SteeredState
            {
                Members = [.. _members.Select(m => new MemberState(m.Fd.Number, m.Generation, m.Departed, m.Given))],
                Order = [.. _order.Members.Select(m => _members.IndexOf(m))],
                Main = _steering is null ? -1 : _members.IndexOf(_steering.Main),
                Heir = _heir is null ? -1 : _members.IndexOf(_heir),
                Lost = _lost,
                Carried = _carried,
                CarriedBytes = _carriedBytes,
            };
        }
    }

    /// <summary>Takes a predecessor's sockets over.</summary>
    /// <exception cref="LedgerException">It does not say which are in the group.</exception>
    public void Take(SteeredState state)
    {
        lock (_gate)
        {
            _members.AddRange(state.Members.Select(m => new Member(new FileDescriptor(m.Fd), m.Generation) { Departed = m.Departed, Given = m.Given }));
            foreach (var place in state.Order)
            {
                _order.Join(At(place) ?? throw new LedgerException($"the sockets of {address} are in no order"));
            }

            _steering = At(state.Main) is { } main ? new Steering(main, null, 0) : null;
            _heir = At(state.Heir);
            (_lost, _carried, _carriedBytes) = (state.Lost, state.Carried, state.CarriedBytes);
        }
    }

    /// <inheritdoc/>
    public void Know(Route route)
    {
        lock (_gate)
        {
            _route = route;
        }
    }

    /// <inheritdoc/>
    public void GoOn()
    {
    }

    private Member? At(int place) => place >= 0 && place < _members.Count ? _members[place] : null;
}
