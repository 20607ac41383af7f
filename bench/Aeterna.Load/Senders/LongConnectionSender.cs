using System.Net;
using Aeterna.Load.Accounts;
using Aeterna.Load.Messages;
using Aeterna.Load.Pacing;

namespace Aeterna.Load.Senders;

/// <summary>How many long-lived connections, and how many messages per second over all of them.</summary>
internal sealed record LongConnectionPlan(IPEndPoint Target, int Connections, double Rate)
{
    /// <summary>For a connect, for the rest of the frames at the end, and for the peer's close.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Source addresses to spread over.</summary>
    public int Spread { get; init; } = 64;
}

/// <summary>
/// Sends messages at a fixed rate over connections that stay, in turn. LF and octet-counted frames are mixed at random within a
/// connection, and frames are split at random over writes. A connection that breaks is opened again, as a sender of its source.
/// </summary>
internal sealed class LongConnectionSender : ISender
{
    private const int SweepsPerSecond = 20;

    private readonly LongConnectionPlan _plan;
    private readonly LongConnection[] _connections;
    private readonly RunClock _clock;
    private int _next;
    private int _swept;
    private TimeSpan _lastSweep;

    public LongConnectionSender(LongConnectionPlan plan, RunClock clock)
    {
        _plan = plan;
        _clock = clock;
        Loop = new PacedLoop(plan.Rate, clock);
        Tally = new Tally(clock);
        var sockets = new ClientSockets(plan.Target, plan.Spread);
        var scratch = new byte[MessageWriter.MaxLength];
        _connections = [.. Enumerable.Range(0, plan.Connections).Select(i => new LongConnection(i, plan, sockets, clock, Tally, scratch))];
        Ledgers = [.. _connections.Select(c => c.Ledger)];
    }

    public Protocol Protocol => Protocol.TcpLong;

    public Tally Tally { get; }

    public IReadOnlyList<SentLedger> Ledgers { get; }

    public PacedLoop Loop { get; }

    public Task Run(CancellationToken stop) => DedicatedThread.Run("long connections", () =>
    {
        OpenAll(stop);
        _lastSweep = _clock.Now;
        Loop.Run(Send, Sweep, stop);
        Finish();
    });

    // At a measured pace: more at once would overflow a small accept queue and wait a second for the kernel's next try.
    private void OpenAll(CancellationToken stop)
    {
        var begun = _clock.Now;
        foreach (var connection in _connections)
        {
            connection.Tend();
            Thread.Sleep(1);
        }

        while (!stop.IsCancellationRequested && _clock.Now - begun < _plan.Limit && !Array.TrueForAll(_connections, c => c.IsOpen))
        {
            Array.ForEach(_connections, c => c.Tend());
            Thread.Sleep(10);
        }
    }

    private bool Send()
    {
        for (var tries = 0; tries < _connections.Length; tries++)
        {
            var connection = _connections[_next++ % _connections.Length];
            if (connection.CanTake())
            {
                connection.Send();
                return true;
            }
        }

        Tally.HoldBack();
        return false;
    }

    private void Sweep()
    {
        var now = _clock.Now;
        var due = (int)((now - _lastSweep).TotalSeconds * SweepsPerSecond * _connections.Length);
        if (due > 0)
        {
            _lastSweep = now;
            for (var left = Math.Min(due, _connections.Length); left > 0; left--)
            {
                _connections[_swept++ % _connections.Length].Tend();
            }
        }
    }

    private void Finish()
    {
        var deadline = _clock.Now + _plan.Limit;
        foreach (var connection in _connections)
        {
            connection.BeginFinish();
        }

        while (_clock.Now < deadline && Array.Exists(_connections, c => !c.IsFinished))
        {
            Array.ForEach(_connections, c => c.Tend());
            Thread.Sleep(5);
        }

        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }
}
