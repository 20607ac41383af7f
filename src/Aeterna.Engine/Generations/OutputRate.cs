namespace Aeterna.Generations;

/// <summary>
/// How much of what a service prints goes to the log: in the long run so many lines and characters a second, and more for a moment. So a
/// service that prints without end leaves the log to others too. For one thread.
/// </summary>
internal sealed class OutputRate(TimeProvider time)
{
    /// <summary>Lines a second in the long run.</summary>
    public const int LinesPerSecond = 1_000;

    /// <summary>Characters a second in the long run.</summary>
    public const int CharactersPerSecond = 256 << 10;

    // So much may come at once, in seconds of the long run: a start with much to say, a stack trace of every thread.
    private const double Burst = 10;

    private double _lines = Burst * LinesPerSecond;
    private double _characters = Burst * CharactersPerSecond;
    private long _last = time.GetTimestamp();
    private long _leftOut;

    /// <summary>Whether a line goes to the log; if so, how many before it did not.</summary>
    public bool Admits(string line, out long leftOut)
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_last, now).TotalSeconds;
        _last = now;
        _lines = Math.Min(Burst * LinesPerSecond, _lines + (seconds * LinesPerSecond));
        _characters = Math.Min(Burst * CharactersPerSecond, _characters + (seconds * CharactersPerSecond));

        // What was left out is said once a second or so, not before each line that has just become possible.
        var (lines, characters) = _leftOut > 0 ? (LinesPerSecond, CharactersPerSecond) : (1, line.Length);
        if (_lines < lines || _characters < characters)
        {
            leftOut = ++_leftOut;
            return false;
        }

        (leftOut, _leftOut) = (_leftOut, 0);
        _lines--;
        _characters -= line.Length;
        return true;
    }
}
