namespace Aeterna.Generations;

/// <summary>The last lines of an output. From any thread.</summary>
/// <param name="limit">Characters that they may have together; one line alone may have more, and is cut at its beginning.</param>
/// <param name="lines">Lines at most.</param>
internal sealed class OutputTail(int limit, int lines = int.MaxValue)
{
    private readonly Queue<string> _lines = [];
    private readonly Lock _gate = new();
    private int _length;

    /// <summary>The lines, oldest first.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines.Select(line => line.Length > limit ? line[^limit..] : line)];
            }
        }
    }

    /// <summary>Adds a line at the end.</summary>
    public void Add(string line)
    {
        lock (_gate)
        {
            _lines.Enqueue(line);
            _length += line.Length + 1;
            while ((_length > limit || _lines.Count > lines) && _lines.Count > 1)
            {
                _length -= _lines.Dequeue().Length + 1;
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join('\n', Lines);
}
