namespace Aeterna.Listeners;

/// <summary>One at a time for each key, for what may take long; all others go on meanwhile.</summary>
internal sealed class Turns<T>
{
    private readonly object _gate = new();
    private readonly HashSet<T> _taken = [];

    /// <summary>Waits until nobody has a key, and has it until the answer is disposed.</summary>
    public IDisposable Take(T key)
    {
        lock (_gate)
        {
            while (!_taken.Add(key))
            {
                Monitor.Wait(_gate);
            }
        }

        return new Turn(this, key);
    }

    private void Leave(T key)
    {
        lock (_gate)
        {
            _taken.Remove(key);
            Monitor.PulseAll(_gate);
        }
    }

    private sealed class Turn(Turns<T> turns, T key) : IDisposable
    {
        public void Dispose() => turns.Leave(key);
    }
}
