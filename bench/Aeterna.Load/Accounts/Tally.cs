using System.Collections.Concurrent;
using Aeterna.Load.Pacing;

namespace Aeterna.Load.Accounts;

/// <summary>What can go wrong for a client.</summary>
internal enum MishapKind
{
    /// <summary>ECONNREFUSED, at a connect or told to a UDP sender.</summary>
    Refused,

    /// <summary>A connect or a blocking send took longer than its limit.</summary>
    TimedOut,

    /// <summary>An established connection broke: ECONNRESET or EPIPE.</summary>
    Reset,

    /// <summary>The peer ended a connection that was to stay.</summary>
    ClosedByPeer,

    /// <summary>The peer did not end a connection that the client had ended.</summary>
    NotClosed,

    /// <summary>The unix socket's path was not there, or nobody had it open.</summary>
    PathGone,

    /// <summary>The sender's own trouble, such as no free port or descriptor: the run says nothing then.</summary>
    Local,
}

/// <summary>One thing that went wrong.</summary>
internal sealed record Mishap(MishapKind Kind, double AtMs, string Detail);

/// <summary>Counts of one sender. May be used from any thread.</summary>
internal sealed class Tally(RunClock clock)
{
    private const int KeptMishaps = 10_000;

    private readonly long[] _counts = new long[Enum.GetValues<MishapKind>().Length];
    private readonly ConcurrentQueue<Mishap> _mishaps = new();
    private long _attempted;
    private long _connected;
    private long _bytes;
    private long _longestTicks;
    private long _heldBack;

    public long Attempted => Interlocked.Read(ref _attempted);

    public long Connected => Interlocked.Read(ref _connected);

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The longest connect, or the longest blocking send.</summary>
    public TimeSpan Longest => TimeSpan.FromTicks(Interlocked.Read(ref _longestTicks));

    /// <summary>How often no connection could take a message, because none is open or what was sent before has not been read.</summary>
    public long HeldBack => Interlocked.Read(ref _heldBack);

    public IReadOnlyCollection<Mishap> Mishaps => _mishaps;

    public long Count(MishapKind kind) => Interlocked.Read(ref _counts[(int)kind]);

    public void Attempt() => Interlocked.Increment(ref _attempted);

    /// <summary>A connection was established, or a datagram taken.</summary>
    public void Done(TimeSpan took)
    {
        Interlocked.Increment(ref _connected);
        for (var seen = Interlocked.Read(ref _longestTicks); took.Ticks > seen;)
        {
            seen = Interlocked.CompareExchange(ref _longestTicks, took.Ticks, seen);
        }
    }

    public void HoldBack() => Interlocked.Increment(ref _heldBack);

    public void AddBytes(int bytes) => Interlocked.Add(ref _bytes, bytes);

    public void Add(MishapKind kind, string detail)
    {
        if (Interlocked.Increment(ref _counts[(int)kind]) <= KeptMishaps)
        {
            _mishaps.Enqueue(new Mishap(kind, clock.Now.TotalMilliseconds, detail));
        }
    }
}
