using Aeterna.Linux;

namespace Aeterna.Relay.Sides;

/// <summary>A <see cref="RelaySide"/> as plain data. Legs are named by the engine's ends.</summary>
/// <param name="Generation">Whose it is.</param>
/// <param name="Listener">The private socket.</param>
/// <param name="Listens">It listens.</param>
/// <param name="Connected">Legs in the kernel's queue, in order.</param>
/// <param name="Waiting">Legs that wait for room in it, in order.</param>
/// <param name="Returned">Legs that were accepted and could not be given, the next one last.</param>
internal sealed record RelaySideState(
    int Generation, int Listener, bool Listens, IReadOnlyList<int> Connected, IReadOnlyList<int> Waiting, IReadOnlyList<int> Returned)
{
    /// <summary>What the generation reads is counted.</summary>
    public bool CountsReads { get; init; }
}

/// <content>To plain data and back.</content>
internal sealed unsafe partial class RelaySide
{
    /// <summary>It as plain data. Legs that nobody is to accept any more leave only a place in the queue: -1.</summary>
    public RelaySideState State()
    {
        lock (_gate)
        {
            return new RelaySideState(
                Generation, Listener.Number, _listens,
                [.. _connected.Select(leg => leg is { IsGone: false } ? leg.Fd : -1)],
                [.. _waiting.Where(leg => !leg.IsGone).Select(leg => leg.Fd)],
                [.. _returned.Where(leg => !leg.IsGone).Select(leg => leg.Fd).Reverse()])
            { CountsReads = CountsReads };
        }
    }

    /// <summary>Takes what waits to be accepted out of the kernel's queue: the other ends are gone.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            while (_listens && HasConnection() && Libc.accept4(Listener.Number, null, null, Libc.SOCK_CLOEXEC) is >= 0 and var fd)
            {
                _ = LibC.close(fd);
            }
        }
    }

    /// <summary>Knows again in which order its legs are to be accepted.</summary>
    /// <param name="state">The order.</param>
    /// <param name="legs">The legs by the engine's ends.</param>
    public void Take(RelaySideState state, IReadOnlyDictionary<int, Leg> legs)
    {
        lock (_gate)
        {
            foreach (var fd in state.Connected)
            {
                _connected.Enqueue(legs.GetValueOrDefault(fd));
            }

            foreach (var leg in state.Waiting.Select(legs.GetValueOrDefault).OfType<Leg>())
            {
                _waiting.Enqueue(leg);
            }

            foreach (var leg in state.Returned.Select(legs.GetValueOrDefault).OfType<Leg>())
            {
                _returned.Push(leg);
            }
        }
    }
}
