using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Aeterna.Load.Accounts;
using Aeterna.Load.Messages;
using Aeterna.Load.Pacing;

namespace Aeterna.Load.Senders;

/// <summary>How many unix datagrams.</summary>
internal sealed record UnixPlan(string Path, double Rate)
{
    /// <summary>A send that blocks longer has timed out.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>
/// Sends unix datagrams at a fixed rate by blocking sends, from two sources in turn: one stays connected, and connects again when
/// its peer is gone, as syslog(3) does; the other names the path with every datagram, and so sees the path missing at any moment.
/// </summary>
internal sealed class UnixSender : ISender, IDisposable
{
    private readonly byte[] _buffer = new byte[MessageWriter.MaxLength];
    private readonly Random _random = new();
    private readonly SentLedger[] _ledgers;
    private readonly MessageHeader[] _headers;
    private readonly UnixDomainSocketEndPoint _path;
    private readonly SocketAddress _address;
    private readonly UnixPlan _plan;
    private readonly Socket _byPath;
    private Socket? _connected;
    private long _next;

    public UnixSender(UnixPlan plan, RunClock clock)
    {
        _plan = plan;
        _path = new UnixDomainSocketEndPoint(plan.Path);
        _address = _path.Serialize();
        Loop = new PacedLoop(plan.Rate, clock);
        Tally = new Tally(clock);
        _ledgers = [new SentLedger("x0", Protocol.Unix, clock), new SentLedger("x1", Protocol.Unix, clock)];
        _headers = [.. _ledgers.Select(l => MessageHeader.Local(l.Id, clock.StartedAt.DateTime))];
        _byPath = NewSocket();
    }

    public Protocol Protocol => Protocol.Unix;

    public Tally Tally { get; }

    public IReadOnlyList<SentLedger> Ledgers => _ledgers;

    public PacedLoop Loop { get; }

    public Task Run(CancellationToken stop) => DedicatedThread.Run("unix", () => Loop.Run(Send, static () => { }, stop));

    public void Dispose()
    {
        _byPath.Dispose();
        _connected?.Dispose();
    }

    private Socket NewSocket() =>
        new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendTimeout = (int)_plan.Limit.TotalMilliseconds };

    private bool Send()
    {
        var source = (int)(_next++ % 2);
        var ledger = _ledgers[source];
        Tally.Attempt();
        var number = ledger.Take();
        var payload = Payload.Next(_random, Payload.NextLength(_random, oversize: false));
        var length = MessageWriter.Write(_buffer, _headers[source], ledger.IdBytes, 0, number, "-"u8, payload);
        var begun = Stopwatch.GetTimestamp();
        try
        {
            SendOne(source == 0, _buffer.AsSpan(0, length));
            Tally.Done(Stopwatch.GetElapsedTime(begun));
            Tally.AddBytes(length);
        }
        catch (SocketException e)
        {
            ledger.Withdraw(number);
            Tally.Add(SocketMishap.OfUnixSend(e.SocketErrorCode), $"{ledger.Id}: cannot send to {_plan.Path}: {e.SocketErrorCode}");
        }

        return true;
    }

    private void SendOne(bool connected, ReadOnlySpan<byte> message)
    {
        if (!connected)
        {
            _byPath.SendTo(message, SocketFlags.None, _address);
            return;
        }

        _connected ??= Connect();
        try
        {
            _connected.Send(message, SocketFlags.None);
        }
        catch (SocketException e) when (SocketMishap.OfUnixSend(e.SocketErrorCode) == MishapKind.PathGone)
        {
            // As syslog(3): the peer was replaced; only when the path does not answer either is the message not sent.
            _connected.Dispose();
            _connected = null;
            _connected = Connect();
            _connected.Send(message, SocketFlags.None);
        }
    }

    private Socket Connect()
    {
        var socket = NewSocket();
        try
        {
            socket.Connect(_path);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }
}
