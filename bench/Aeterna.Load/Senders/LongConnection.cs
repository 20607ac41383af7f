using System.Buffers.Text;
using System.Net.Sockets;
using Aeterna.Load.Accounts;
using Aeterna.Load.Messages;
using Aeterna.Load.Pacing;

namespace Aeterna.Load.Senders;

/// <summary>One long-lived connection and its source. Used by the sender's thread alone, but for the completion of a connect.</summary>
internal sealed class LongConnection : IDisposable
{
    private const int BufferSize = 64 * 1024;
    private const int SplitEvery = 3;

    private readonly LongConnectionPlan _plan;
    private readonly ClientSockets _sockets;
    private readonly RunClock _clock;
    private readonly Tally _tally;
    private readonly MessageHeader _header;
    private readonly byte[] _scratch;
    private readonly Queue<(long End, long Number)> _frames = new();
    private readonly Random _random = new();
    private readonly int _index;
    private byte[] _pending = [];
    private Task<(SocketError Error, TimeSpan Took)>? _connecting;
    private Socket? _socket;
    private TimeSpan _begun;
    private bool _open;
    private bool _finishing;
    private bool _shutDown;
    private long _connection = -1;
    private long _queued;
    private long _accepted;
    private int _start;
    private int _end;

    /// <param name="index">Its number among the connections.</param>
    /// <param name="plan">The sender's plan.</param>
    /// <param name="sockets">Where its sockets come from.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="tally">The sender's counts.</param>
    /// <param name="scratch">A buffer for one message, shared by the sender's connections.</param>
    public LongConnection(int index, LongConnectionPlan plan, ClientSockets sockets, RunClock clock, Tally tally, byte[] scratch)
    {
        _scratch = scratch;
        _index = index;
        _plan = plan;
        _sockets = sockets;
        _clock = clock;
        _tally = tally;
        Ledger = new SentLedger($"l{index}", Protocol.TcpLong, clock);
        _header = index % 2 == 0
            ? MessageHeader.Rfc3164(Ledger.Id, clock.StartedAt.DateTime)
            : MessageHeader.Rfc5424(Ledger.Id, clock.StartedAt.DateTime);
    }

    public SentLedger Ledger { get; }

    public bool IsOpen => _open;

    /// <summary>The peer has closed after the end, or the connection was not open at the end.</summary>
    public bool IsFinished { get; private set; }

    private bool HasRoom => BufferSize - (_end - _start) > 2 * MessageWriter.MaxLength;

    /// <summary>It is open, and its peer has not left so much unread that the buffer is full.</summary>
    public bool CanTake()
    {
        if (_open && !HasRoom)
        {
            Push(_end);
        }

        return _open && HasRoom;
    }

    /// <summary>Makes the next message and writes what there is, now and then only to a point inside of it.</summary>
    public void Send()
    {
        var number = Ledger.Take();
        var payload = Payload.Next(_random, Payload.NextLength(_random, oversize: true));
        var length = MessageWriter.Write(
            _scratch, _header, Ledger.IdBytes, _connection, number, _sockets.AddressOf(_index), payload);
        Append(_scratch.AsSpan(0, length), octetCounted: _random.Next(2) == 0);
        _frames.Enqueue((_queued, number));
        Push(_random.Next(SplitEvery) == 0 ? _end - _random.Next(1, length) : _end);
    }

    /// <summary>What is to be done from time to time: open, write what waits, see whether the peer is still there.</summary>
    public void Tend()
    {
        if (!_open)
        {
            TendConnect();
            return;
        }

        Push(_end);
        if (_open && _finishing && !_shutDown && _start == _end)
        {
            _shutDown = true;
            ShutDown();
        }

        if (_open)
        {
            Listen();
        }
    }

    /// <summary>No more messages come; what waits is written, then the sending side is shut down and the peer's close awaited.</summary>
    public void BeginFinish()
    {
        _finishing = true;
        IsFinished = !_open;
    }

    public void Dispose()
    {
        if (_open)
        {
            Break(MishapKind.NotClosed, _shutDown ? "the peer did not close" : "the peer did not read to the end");
        }

        _socket?.Dispose();
    }

    private void Append(ReadOnlySpan<byte> message, bool octetCounted)
    {
        if (_pending.Length == 0)
        {
            _pending = new byte[BufferSize];
        }
        else if (_start > 0)
        {
            _pending.AsSpan(_start.._end).CopyTo(_pending);
            (_start, _end) = (0, _end - _start);
        }

        var before = _end;
        if (octetCounted)
        {
            Utf8Formatter.TryFormat(message.Length, _pending.AsSpan(_end), out var digits);
            _end += digits;
            _pending[_end++] = (byte)' ';
        }

        message.CopyTo(_pending.AsSpan(_end));
        _end += message.Length;
        if (!octetCounted)
        {
            _pending[_end++] = (byte)'\n';
        }

        _queued += _end - before;
    }

    private void Push(int until)
    {
        while (_open && _start < until)
        {
            var written = _socket!.Send(_pending.AsSpan(_start..until), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                return;
            }

            if (error != SocketError.Success)
            {
                Break(SocketMishap.OfTransfer(error), $"cannot send: {error}");
                return;
            }

            _start += written;
            _accepted += written;
            _tally.AddBytes(written);
            while (_frames.TryPeek(out var frame) && frame.End <= _accepted)
            {
                _frames.Dequeue();
            }
        }
    }

    private void Listen()
    {
        Span<byte> buffer = stackalloc byte[64];
        var read = _socket!.Receive(buffer, SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock || (error == SocketError.Success && read > 0))
        {
            return;
        }

        if (error != SocketError.Success)
        {
            Break(SocketMishap.OfTransfer(error), $"cannot receive: {error}");
        }
        else if (_shutDown)
        {
            _open = false;
            IsFinished = true;
        }
        else
        {
            Break(MishapKind.ClosedByPeer, "the peer closed");
        }
    }

    private void ShutDown()
    {
        try
        {
            _socket!.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException e)
        {
            Break(SocketMishap.OfTransfer(e.SocketErrorCode), $"cannot shut down: {e.SocketErrorCode}");
        }
    }

    private void TendConnect()
    {
        if (_connecting is null)
        {
            if (!_finishing)
            {
                _tally.Attempt();
                _begun = _clock.Now;
                _connecting = Connect();
            }

            return;
        }

        if (!_connecting.IsCompleted)
        {
            if (_clock.Now - _begun > _plan.Limit)
            {
                _socket?.Dispose();
            }

            return;
        }

        var (error, took) = _connecting.Result;
        _connecting = null;
        if (error == SocketError.Success)
        {
            _tally.Done(took);
            _connection++;
            _open = true;
        }
        else
        {
            _tally.Add(SocketMishap.OfConnect(error), $"{Ledger.Id}: cannot connect: {error}");
        }
    }

    private async Task<(SocketError Error, TimeSpan Took)> Connect()
    {
        var begun = _clock.Now;
        try
        {
            _socket?.Dispose();
            _socket = _sockets.Tcp(_index);
            await _socket.ConnectAsync(_plan.Target).ConfigureAwait(false);
            var took = _clock.Now - begun;
            _socket.Blocking = false;
            return (SocketError.Success, took);
        }
        catch (SocketException e)
        {
            return (e.SocketErrorCode, _clock.Now - begun);
        }
        catch (ObjectDisposedException)
        {
            return (SocketError.TimedOut, _clock.Now - begun);
        }
    }

    private void Break(MishapKind kind, string detail)
    {
        _tally.Add(kind, $"{Ledger.Id}: {detail}");
        while (_frames.TryDequeue(out var frame))
        {
            Ledger.Withdraw(frame.Number);
        }

        _open = false;
        IsFinished = _finishing;
        _start = _end = 0;
        _accepted = _queued = 0;
        _socket!.Dispose();
    }
}
