using Aeterna.Machine;

namespace Aeterna.Listeners.Traffic;

/// <summary>All inputs of the service together, as a switch of generations needs them. May be called from any thread.</summary>
internal interface ITraffic
{
    /// <summary>Whether there is an input that can be directed at all; sockets that are shared cannot.</summary>
    bool IsDirected { get; }

    /// <summary>Whether the engine directs who accepts connections, and what these carry goes past it.</summary>
    bool HasDirectStreams { get; }

    /// <summary>The route in force.</summary>
    Route Route { get; }

    /// <summary>See <see cref="ITrafficInput.Prepare"/>.</summary>
    void Prepare(int generation);

    /// <summary>See <see cref="ITrafficInput.Unaccepted"/>.</summary>
    int Unaccepted(int generation);

    /// <summary>See <see cref="ITrafficInput.Direct"/>. Inputs that are opened later take the route too.</summary>
    /// <returns>Number of frames and datagrams that were taken back.</returns>
    long Direct(Route route, int? takeBack = null);

    /// <summary>See <see cref="ITrafficInput.HasRead"/>.</summary>
    bool HasRead(int generation);

    /// <summary>See <see cref="ITrafficInput.Leftover"/>; by the addresses of the inputs.</summary>
    IReadOnlyList<(string Address, Leftover Leftover)> Leftovers(int generation);

    /// <summary>See <see cref="ITrafficInput.Connections"/>.</summary>
    ConnectionCounts Connections(int generation);

    /// <summary>See <see cref="ITrafficInput.Settle"/>.</summary>
    void Settle();

    /// <summary>See <see cref="ITrafficInput.Leave"/>.</summary>
    void Leave(int generation);

    /// <summary>What all inputs counted together; also those that are closed by now, and what the last generations that left were given.</summary>
    InputCounts Counts();
}
