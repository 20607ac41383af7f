namespace Aeterna.Linux;

/// <summary>
/// The parts of something that is not whole yet. Each is owned here as soon as it is there; unless <see cref="Finish"/> comes first,
/// <see cref="Dispose"/> undoes them, the last one first.
/// </summary>
internal sealed class Unfinished : IDisposable
{
    private readonly Stack<Action> _undo = new();

    /// <summary>A part, which is disposed if the whole does not come about. Disposing it twice must do nothing.</summary>
    public T Own<T>(T part)
        where T : IDisposable
    {
        _undo.Push(part.Dispose);
        return part;
    }

    /// <summary>What else has to be undone.</summary>
    public void Undo(Action action) => _undo.Push(action);

    /// <summary>The whole is there, and owns its parts.</summary>
    public void Finish() => _undo.Clear();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_undo.TryPop(out var undo))
        {
            return;
        }

        try
        {
            undo();
        }
        finally
        {
            Dispose(); // One that fails keeps none from being undone.
        }
    }
}
