using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Aeterna.Load.Accounts;
using Aeterna.Load.Messages;
using Aeterna.Load.Pacing;

namespace Aeterna.Load.Senders;

/// <summary>How many short connections, and what each does.</summary>
internal sealed record ShortConnectionPlan(IPEndPoint Target, double Rate)
{
    /// <summary>Each sends one to this many messages.</summary>
    public int MostMessages { get; init; } = 3;

    /// <summary>A connect that takes longer has timed out; so has a peer that does not close.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Source addresses to spread over.</summary>
    public int Spread { get; init; } = 64;
}

/// <summary>
/// Opens connections at a fixed rate. Open loop: a connect that waits holds back none of those after it (up to 4,000 at once), so what clients would
/// have seen during a gap is seen.
/// </summary>
internal sealed class ShortConnectionSender : ISender
{
    /// <summary>A peer that does not keep up is not to take all descriptors of this process.</summary>
    private const int MostUnderWay = 4000;

    private static readonly TimeSpan _sweepInterval = TimeSpan.FromMilliseconds(50);

    private readonly ShortConnectionPlan _plan;
    private readonly RunClock _clock;
    private readonly ClientSockets _sockets;
    private readonly ConcurrentBag<ShortConnection> _idle = [];
    private readonly List<ShortConnection> _all = [];
    private readonly MessageHeader _header;
    private TimeSpan _swept;
    private long _opened;
    private int _underWay;

    public ShortConnectionSender(ShortConnectionPlan plan, RunClock clock)
    {
        _plan = plan;
        _clock = clock;
        _sockets = new ClientSockets(plan.Target, plan.Spread);
        Loop = new PacedLoop(plan.Rate, clock);
        Tally = new Tally(clock);
        Ledger = new SentLedger("s0", Protocol.TcpShort, clock);
        _header = MessageHeader.Rfc3164(Ledger.Id, clock.StartedAt.DateTime);
    }

    public Protocol Protocol => Protocol.TcpShort;

    public Tally Tally { get; }

    public IReadOnlyList<SentLedger> Ledgers => [Ledger];

    public PacedLoop Loop { get; }

    internal SentLedger Ledger { get; }

    internal ShortConnectionPlan Plan => _plan;

    internal RunClock Clock => _clock;

    public Task Run(CancellationToken stop) => DedicatedThread.Run("short connections", () =>
    {
        Loop.Run(Open, Sweep, stop);
        while (Volatile.Read(ref _underWay) > 0)
        {
            Sweep();
            Thread.Sleep(1);
        }

        _all.ForEach(connection => connection.Dispose());
    });

    /// <summary>Writes the messages of one connection as LF frames.</summary>
    internal int WriteMessages(Span<byte> buffer, long connection, List<long> numbers)
    {
        var length = 0;
        numbers.Clear();
        for (var left = Random.Shared.Next(_plan.MostMessages) + 1; left > 0; left--)
        {
            var payload = Payload.Next(Random.Shared, Payload.NextLength(Random.Shared, oversize: true));
            numbers.Add(Ledger.Take());
            length += MessageWriter.Write(
                buffer[length..], _header, Ledger.IdBytes, connection, numbers[^1], _sockets.AddressOf(connection), payload);
            buffer[length++] = (byte)'\n';
        }

        return length;
    }

    /// <summary>A connection is over, well or badly.</summary>
    internal void Return(ShortConnection connection)
    {
        _idle.Add(connection);
        Interlocked.Decrement(ref _underWay);
    }

    private bool Open()
    {
        if (Volatile.Read(ref _underWay) >= MostUnderWay)
        {
            return false;
        }

        Tally.Attempt();
        var index = _opened++;
        Socket socket;
        try
        {
            socket = _sockets.Tcp(index);
        }
        catch (SocketException e)
        {
            Tally.Add(MishapKind.Local, $"cannot open a socket: {e.Message}");
            return true;
        }

        if (!_idle.TryTake(out var connection))
        {
            connection = new ShortConnection(this);
            _all.Add(connection);
        }

        Interlocked.Increment(ref _underWay);
        connection.Begin(socket, index);
        return true;
    }

    private void Sweep()
    {
        if (_clock.Now - _swept < _sweepInterval)
        {
            return;
        }

        _swept = _clock.Now;
        foreach (var connection in _all)
        {
            connection.AbortIfOverdue();
        }
    }
}
