using System.Collections.Concurrent;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;

namespace Aeterna.Tests.Support;

/// <summary>Inputs without traffic: keeps what was asked in order, as in <c>direct 1+2 10%</c>, <c>direct 2 back 1</c>, <c>prepare 2</c>, <c>leave 1</c>.</summary>
internal sealed class FakeTraffic : ITraffic
{
    public ConcurrentQueue<string> Calls { get; } = new();

    public bool IsDirected { get; set; } = true;

    public bool HasDirectStreams { get; set; }

    public Route Route { get; private set; } = Route.Held;

    /// <summary>Whether a generation has read everything; yes by default.</summary>
    public Func<int, bool> Read { get; set; } = _ => true;

    /// <summary>Whether a generation reads nothing of what lies before it; no by default.</summary>
    public Func<int, bool> Neglects { get; set; } = _ => false;

    /// <summary>Connections that a generation has not accepted; none by default.</summary>
    public Func<int, int> Left { get; set; } = _ => 0;

    /// <summary>What each taking back gives.</summary>
    public long Unread { get; set; }

    /// <summary>Called within each Direct.</summary>
    public Action<Route> Directing { get; set; } = _ => { };

    public void Say(string what) => Calls.Enqueue(what);

    /// <summary>All calls so far but the looks, and forgets them.</summary>
    public IReadOnlyList<string> Taken()
    {
        List<string> taken = [];
        while (Calls.TryDequeue(out var call))
        {
            taken.Add(call);
        }

        return taken;
    }

    public void Prepare(int generation) => Say($"prepare {generation}");

    public int Unaccepted(int generation) => Left(generation);

    public long Direct(Route route, int? takeBack = null)
    {
        var share = route.Candidate is { } candidate ? $"+{candidate} {route.Percent}%" : "";
        Say($"direct {(route.Main is { } main ? $"{main}" : "held")}{share}{(takeBack is { } back ? $" back {back}" : "")}");
        Route = route;
        Directing(route);
        return takeBack is null ? 0 : Unread;
    }

    public bool HasRead(int generation) => Read(generation);

    public void Settle()
    {
    }

    public ConnectionCounts Connections(int generation) => default;

    public IReadOnlyList<(string Address, Leftover Leftover)> Leftovers(int generation) => [("tcp://127.0.0.1:1", new Leftover(Neglects(generation), 0))];

    public void Leave(int generation) => Say($"leave {generation}");

    public InputCounts Counts() => InputCounts.None;
}
