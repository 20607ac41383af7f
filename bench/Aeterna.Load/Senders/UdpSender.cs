using System.Net;
using System.Net.Sockets;
using Aeterna.Load.Accounts;
using Aeterna.Load.Messages;
using Aeterna.Load.Pacing;

namespace Aeterna.Load.Senders;

/// <summary>How many UDP datagrams.</summary>
internal sealed record UdpPlan(IPEndPoint Target, double Rate)
{
    /// <summary>Number of sending ports; each is a source. Every other one is connected and so is told of refusals.</summary>
    public int Ports { get; init; } = 8;
}

/// <summary>Sends UDP datagrams at a fixed rate from several ports in turn.</summary>
internal sealed class UdpSender : ISender, IDisposable
{
    private readonly List<(Socket Socket, SentLedger Ledger, MessageHeader Header)> _ports = [];
    private readonly byte[] _buffer = new byte[MessageWriter.MaxLength];
    private readonly Random _random = new();
    private readonly ClientSockets _sockets;
    private readonly SocketAddress _target;
    private long _next;

    public UdpSender(UdpPlan plan, RunClock clock)
    {
        _sockets = new ClientSockets(plan.Target, Math.Min(plan.Ports, 250));
        _target = plan.Target.Serialize();
        Loop = new PacedLoop(plan.Rate, clock);
        Tally = new Tally(clock);
        for (var i = 0; i < plan.Ports; i++)
        {
            var socket = _sockets.Udp(i);
            if (Connected(i))
            {
                socket.Connect(plan.Target);
            }

            var id = $"u{i}";
            var header = i % 4 < 2 ? MessageHeader.Rfc3164(id, clock.StartedAt.DateTime) : MessageHeader.Rfc5424(id, clock.StartedAt.DateTime);
            _ports.Add((socket, new SentLedger(id, Protocol.Udp, clock), header));
        }
    }

    public Protocol Protocol => Protocol.Udp;

    public Tally Tally { get; }

    public IReadOnlyList<SentLedger> Ledgers => [.. _ports.Select(p => p.Ledger)];

    public PacedLoop Loop { get; }

    public Task Run(CancellationToken stop) => DedicatedThread.Run("udp", () => Loop.Run(Send, static () => { }, stop));

    public void Dispose() => _ports.ForEach(p => p.Socket.Dispose());

    private static bool Connected(long port) => port % 2 == 0;

    private bool Send()
    {
        var index = _next++ % _ports.Count;
        var (socket, ledger, header) = _ports[(int)index];
        Tally.Attempt();
        var number = ledger.Take();
        var payload = Payload.Next(_random, Payload.NextLength(_random, oversize: false));
        var length = MessageWriter.Write(_buffer, header, ledger.IdBytes, 0, number, _sockets.AddressOf(index), payload);
        var error = SendOne(socket, index, length);
        if (error == SocketError.ConnectionRefused)
        {
            // The refusal is of an earlier datagram (which stays counted as sent); this one was not sent yet.
            Tally.Add(MishapKind.Refused, $"{ledger.Id}: an earlier datagram was refused");
            error = SendOne(socket, index, length);
        }

        if (error == SocketError.Success)
        {
            Tally.Done(TimeSpan.Zero);
            Tally.AddBytes(length);
        }
        else
        {
            ledger.Withdraw(number);
            Tally.Add(error == SocketError.ConnectionRefused ? MishapKind.Refused : MishapKind.Local, $"{ledger.Id}: cannot send: {error}");
        }

        return true;
    }

    private SocketError SendOne(Socket socket, long index, int length)
    {
        if (Connected(index))
        {
            socket.Send(_buffer.AsSpan(0, length), SocketFlags.None, out var error);
            return error;
        }

        try
        {
            socket.SendTo(_buffer.AsSpan(0, length), SocketFlags.None, _target);
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }
}
