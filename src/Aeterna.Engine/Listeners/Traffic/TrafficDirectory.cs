using Aeterna.Machine;

namespace Aeterna.Listeners.Traffic;

/// <summary>
/// The inputs that there are, and the route that all of them follow. Inputs do not wait for clients or programs, but for loops of theirs: so no
/// lock of whoever asks should be held meanwhile.
/// </summary>
internal sealed class TrafficDirectory : ITraffic
{
    // As many generations as one attempt can see leave, and more.
    private const int DepartedKept = 8;

    private readonly Lock _directing = new();
    private readonly Lock _counting = new(); // Taken after the other one.
    private readonly SortedDictionary<int, GivenCounts> _departed = [];
    private InputCounts _closed = InputCounts.None;
    private volatile ITrafficInput[] _inputs = []; // Never changed: copied.
    private volatile Route _route = Route.Held;

    /// <inheritdoc/>
    public bool IsDirected => _inputs.Length > 0;

    /// <inheritdoc/>
    public bool HasDirectStreams => _inputs.Any(input => input.IsDirect && input.Address.IsStream);

    /// <inheritdoc/>
    public Route Route => _route;

    /// <summary>Takes an input in; it follows the route from then on.</summary>
    public void Add(ITrafficInput input)
    {
        lock (_directing)
        {
            input.Direct(_route, null);
            _inputs = [.. _inputs, input];
        }
    }

    /// <summary>An input is about to be closed. What it has counted stays in the sum of all.</summary>
    public void Remove(ITrafficInput input)
    {
        lock (_directing)
        {
            lock (_counting)
            {
                var counts = input.Counts();
                _closed = TrafficTotals.Sum([_closed, counts with { Connections = 0, WaitingBytes = 0, ToGeneration = InputCounts.None.ToGeneration }]);
                foreach (var (generation, given) in counts.ToGeneration)
                {
                    Depart(generation, given);
                }

                _inputs = [.. _inputs.Where(i => i != input)];
            }
        }
    }

    /// <inheritdoc/>
    public void Prepare(int generation)
    {
        foreach (var input in _inputs)
        {
            input.Prepare(generation);
        }
    }

    /// <inheritdoc/>
    public int Unaccepted(int generation) => _inputs.Sum(input => input.Unaccepted(generation));

    /// <inheritdoc/>
    public long Direct(Route route, int? takeBack = null)
    {
        lock (_directing)
        {
            _route = route;
            return _inputs.Sum(input => input.Direct(route, takeBack));
        }
    }

    /// <inheritdoc/>
    public bool HasRead(int generation) => _inputs.All(input => input.HasRead(generation));

    /// <inheritdoc/>
    public IReadOnlyList<(string Address, Leftover Leftover)> Leftovers(int generation) =>
        [.. _inputs.Select(input => (input.Address.ToString(), input.Leftover(generation)))];

    /// <inheritdoc/>
    public ConnectionCounts Connections(int generation) => _inputs.Aggregate(default(ConnectionCounts), (sum, input) => sum + input.Connections(generation));

    /// <inheritdoc/>
    public void Settle()
    {
        foreach (var input in _inputs)
        {
            input.Settle();
        }
    }

    /// <inheritdoc/>
    public void Leave(int generation)
    {
        lock (_counting)
        {
            foreach (var input in _inputs)
            {
                Depart(generation, input.Leave(generation));
            }
        }
    }

    /// <inheritdoc/>
    public InputCounts Counts()
    {
        lock (_counting)
        {
            var gone = _closed with { ToGeneration = new Dictionary<int, GivenCounts>(_departed) };
            return TrafficTotals.Sum(_inputs.Select(input => input.Counts()).Append(gone));
        }
    }

    /// <summary>What is counted of inputs that are closed, and of generations that are gone.</summary>
    public InputCounts Closed()
    {
        lock (_counting)
        {
            return _closed with { ToGeneration = new Dictionary<int, GivenCounts>(_departed) };
        }
    }

    /// <summary>Knows a predecessor's route, and counts on from where it was; while there are no inputs.</summary>
    public void Know(Route route, InputCounts closed)
    {
        lock (_directing)
        {
            lock (_counting)
            {
                _route = route;
                _closed = closed with { ToGeneration = InputCounts.None.ToGeneration };
                foreach (var (generation, given) in closed.ToGeneration)
                {
                    _departed[generation] = given;
                }
            }
        }
    }

    /// <summary>Takes in an input whose traffic follows the route already.</summary>
    public void Know(ITrafficInput input)
    {
        lock (_directing)
        {
            input.Know(_route);
            _inputs = [.. _inputs, input];
        }
    }

    private void Depart(int generation, GivenCounts given)
    {
        _departed[generation] = _departed.GetValueOrDefault(generation) + given;
        while (_departed.Count > DepartedKept)
        {
            _departed.Remove(_departed.Keys.First());
        }
    }
}
