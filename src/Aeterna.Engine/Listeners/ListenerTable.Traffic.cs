using Aeterna.Listeners.Traffic;

namespace Aeterna.Listeners;

/// <content>All inputs together: what directs the service's traffic.</content>
internal sealed partial class ListenerTable
{
    /// <summary>The private sockets of generations, by inode.</summary>
    private readonly Dictionary<ulong, (HeldSocket Held, int Generation)> _private = [];

    // As many generations as one attempt can see leave, and more.
    private const int DepartedKept = 8;

    private readonly SortedDictionary<int, GivenCounts> _departed = [];
    private InputCounts _closed = InputCounts.None;
    private Route _route = Route.Held;

    /// <inheritdoc/>
    public bool IsDirected => Inputs().Count > 0;

    /// <inheritdoc/>
    public bool HasDirectStreams => Inputs().Any(input => input is Steering.SteeredInput { Address.IsStream: true });

    /// <inheritdoc/>
    public Route Route
    {
        get
        {
            lock (_gate)
            {
                return _route;
            }
        }
    }

    /// <inheritdoc/>
    public void Prepare(int generation)
    {
        foreach (var input in Inputs())
        {
            input.Prepare(generation);
        }
    }

    /// <inheritdoc/>
    public long Direct(Route route, int? takeBack = null)
    {
        lock (_gate)
        {
            _route = route;
            return _byKey.Values.Where(h => h.Input is not null).Sum(h => h.Input!.Direct(route, takeBack));
        }
    }

    /// <inheritdoc/>
    public bool HasRead(int generation) => Inputs().All(input => input.HasRead(generation));

    /// <inheritdoc/>
    public void Leave(int generation)
    {
        foreach (var input in Inputs())
        {
            Depart(generation, input.Leave(generation));
        }
    }

    /// <inheritdoc/>
    public InputCounts Counts()
    {
        InputCounts gone;
        lock (_gate)
        {
            gone = _closed with { ToGeneration = new Dictionary<int, GivenCounts>(_departed) };
        }

        return TrafficTotals.Sum(Inputs().Select(input => input.Counts()).Append(gone));
    }

    private void Depart(int generation, GivenCounts given)
    {
        lock (_gate)
        {
            _departed[generation] = _departed.GetValueOrDefault(generation) + given;
            while (_departed.Count > DepartedKept)
            {
                _departed.Remove(_departed.Keys.First());
            }
        }
    }

    // What it counted must not be missing from the sum of all.
    private void Close(ITrafficInput input)
    {
        var counts = input.Counts();
        _closed = TrafficTotals.Sum([_closed, counts with { Connections = 0, WaitingBytes = 0, ToGeneration = InputCounts.None.ToGeneration }]);
        foreach (var (generation, given) in counts.ToGeneration)
        {
            Depart(generation, given);
        }
    }

    /// <summary>The generation's side of the relayed listener whose private socket has this inode; null when there is none.</summary>
    public IRelaySide? FindSide(ulong inode)
    {
        lock (_gate)
        {
            return _private.TryGetValue(inode, out var owner) ? owner.Held.Input?.Side(owner.Generation) : null;
        }
    }

    /// <summary>Takes a generation in at the input of a held socket; 0 or an errno.</summary>
    private int Join(BindCall call, HeldSocket held)
    {
        _running = _running.Add(call.Generation);
        var error = held.Input!.Join(call);
        if (error == 0)
        {
            NotePrivate(call.Generation, held);
        }

        return error;
    }

    private void NotePrivate(int generation, HeldSocket held)
    {
        if (held.Input!.PrivateInode(generation) is { } inode)
        {
            _private[inode] = (held, generation);
        }
    }

    private void ForgetPrivate(Func<(HeldSocket Held, int Generation), bool> which)
    {
        foreach (var inode in _private.Where(p => which(p.Value)).Select(p => p.Key).ToList())
        {
            _private.Remove(inode);
        }
    }

    // What they do may take a while, and brokers must not wait for it.
    private List<ITrafficInput> Inputs()
    {
        lock (_gate)
        {
            return [.. _byKey.Values.Select(h => h.Input).OfType<ITrafficInput>()];
        }
    }
}
