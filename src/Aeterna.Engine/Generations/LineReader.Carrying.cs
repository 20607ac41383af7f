using Aeterna.Linux;

namespace Aeterna.Generations;

/// <summary>An end of a pipe, and what has been read of a line that has not ended.</summary>
/// <param name="Fd">The descriptor.</param>
/// <param name="Line">The bytes of the line.</param>
/// <param name="Ended">Nobody has the other end any more.</param>
internal sealed record PipeState(int Fd, byte[] Line, bool Ended);

/// <content>From one engine to the next. What is written meanwhile waits in the pipes.</content>
internal sealed partial class LineReader
{
    /// <summary>Goes on with a predecessor's pipes, whose descriptors it takes over. It reads nothing before <see cref="GoOn"/>.</summary>
    /// <exception cref="LinuxException">EMFILE.</exception>
    public LineReader(PipeState stdout, PipeState stderr, Action<bool, string> onLine, string name)
    {
        _stop = new WakeUp();
        _sources = [new Source(stdout, false), new Source(stderr, true)];
        (_onLine, _name, _isHeld) = (onLine, name, true);
    }

    /// <summary>Reads nothing until <see cref="GoOn"/>.</summary>
    public void HoldStill()
    {
        _isHeld = true;
        _stop.Set();
        _thread?.Join();
        _thread = null;
    }

    /// <summary>Ends <see cref="HoldStill"/>. Can be called again when it has failed.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory, or no descriptor, for a thread.</exception>
    public void GoOn()
    {
        _stop.Clear();
        _isHeld = false;
        _thread ??= NewThread();
    }

    /// <summary>stdout and stderr as plain data; while it is held still.</summary>
    public (PipeState Stdout, PipeState Stderr) State() => (_sources[0].State(), _sources[1].State());
}
