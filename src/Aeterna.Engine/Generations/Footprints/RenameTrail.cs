namespace Aeterna.Generations.Footprints;

/// <summary>
/// The last file that a service's processes put in place by rename(2), which is how many keep what must outlive them. It outlives
/// generations: what one writes at its end tells of the next. May be used from any thread.
/// </summary>
internal sealed class RenameTrail
{
    private volatile string? _last;

    /// <summary>Absolute; null: none so far.</summary>
    public string? Last => _last;

    /// <summary>Knows what a predecessor knew.</summary>
    public void Know(string? last) => _last = last;

    /// <summary>Takes note of the new name, unless it is one that is nobody's data: a log, a process id, a socket.</summary>
    public void Add(string path)
    {
        if (!PathKinds.IsLog(path) && !PathKinds.IsPassing(path))
        {
            _last = path;
        }
    }
}
