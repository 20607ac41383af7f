using Aeterna.Listeners.Traffic;
using Aeterna.Machine;

namespace Aeterna.Orchestration.Switching;

/// <summary>For an engine none of whose inputs can be directed: every socket is shared, and the kernel chooses who gets what.</summary>
internal sealed class NoTraffic : ITraffic
{
    public bool IsDirected => false;

    public bool HasDirectStreams => false;

    public Route Route { get; private set; } = Route.Held;

    public void Prepare(int generation)
    {
    }

    public int Unaccepted(int generation) => 0;

    public long Direct(Route route, int? takeBack = null)
    {
        Route = route;
        return 0;
    }

    public bool HasRead(int generation) => true;

    public IReadOnlyList<(string Address, Leftover Leftover)> Leftovers(int generation) => [];

    public void Settle()
    {
    }

    public ConnectionCounts Connections(int generation) => default;

    public void Leave(int generation)
    {
    }

    public InputCounts Counts() => InputCounts.None;
}
