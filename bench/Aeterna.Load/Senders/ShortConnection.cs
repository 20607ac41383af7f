using System.Net.Sockets;
using Aeterna.Load.Accounts;
using Aeterna.Load.Messages;

namespace Aeterna.Load.Senders;

/// <summary>One short connection after another: connect, send, shut down the sending side, read until the peer closes.</summary>
internal sealed class ShortConnection : IDisposable
{
    private readonly ShortConnectionSender _owner;
    private readonly SocketAsyncEventArgs _args = new();
    private readonly Lock _gate = new();
    private readonly List<long> _numbers = [];
    private readonly byte[] _buffer;
    private Socket? _socket;
    private TimeSpan _begun;
    private TimeSpan _deadline;
    private long _index;

    public ShortConnection(ShortConnectionSender owner)
    {
        _owner = owner;
        _buffer = new byte[owner.Plan.MostMessages * MessageWriter.MaxLength];
        _args.Completed += (_, _) => Go(completed: true);
    }

    public void Dispose() => _args.Dispose();

    /// <summary>Begins the connection; its end is told to the owner.</summary>
    public void Begin(Socket socket, long index)
    {
        lock (_gate)
        {
            _socket = socket;
            _index = index;
            _begun = _owner.Clock.Now;
            _deadline = _begun + _owner.Plan.Limit;
        }

        _args.RemoteEndPoint = _owner.Plan.Target;
        _args.SetBuffer(null, 0, 0);
        Go(completed: !socket.ConnectAsync(_args));
    }

    /// <summary>Ends the step under way when its limit is over.</summary>
    public void AbortIfOverdue()
    {
        lock (_gate)
        {
            if (_socket is not null && _owner.Clock.Now > _deadline)
            {
                _socket.Dispose();
            }
        }
    }

    private void Go(bool completed)
    {
        while (completed)
        {
            completed = _args.LastOperation switch
            {
                SocketAsyncOperation.Connect => AfterConnect(),
                SocketAsyncOperation.Send => AfterSend(),
                _ => AfterReceive(),
            };
        }
    }

    // Each step begins the next one and says whether that has already completed.
    private bool AfterConnect()
    {
        if (_args.SocketError != SocketError.Success)
        {
            return End(SocketMishap.OfConnect(_args.SocketError), "connect");
        }

        var now = _owner.Clock.Now;
        _owner.Tally.Done(now - _begun);
        lock (_gate)
        {
            _deadline = now + _owner.Plan.Limit;
        }

        var length = _owner.WriteMessages(_buffer, _index, _numbers);
        _args.SetBuffer(_buffer, 0, length);
        return Next(socket => !socket.SendAsync(_args));
    }

    private bool AfterSend()
    {
        if (_args.SocketError != SocketError.Success)
        {
            return End(SocketMishap.OfTransfer(_args.SocketError), "send");
        }

        _owner.Tally.AddBytes(_args.Count);
        _numbers.Clear();
        return Next(socket =>
        {
            socket.Shutdown(SocketShutdown.Send);
            return ReceiveNext(socket);
        });
    }

    private bool AfterReceive() => _args switch
    {
        { SocketError: not SocketError.Success } => End(SocketMishap.OfTransfer(_args.SocketError), "wait for the peer's close"),
        { BytesTransferred: 0 } => End(mishap: null, ""),
        _ => Next(ReceiveNext),
    };

    private bool ReceiveNext(Socket socket)
    {
        _args.SetBuffer(_buffer, 0, 512);
        return !socket.ReceiveAsync(_args);
    }

    private bool Next(Func<Socket, bool> step)
    {
        try
        {
            return step(_socket!);
        }
        catch (SocketException e)
        {
            return End(SocketMishap.OfTransfer(e.SocketErrorCode), "shut down");
        }
        catch (ObjectDisposedException)
        {
            return End(MishapKind.NotClosed, "wait for the peer");
        }
    }

    private bool End(MishapKind? mishap, string doing)
    {
        foreach (var number in _numbers)
        {
            _owner.Ledger.Withdraw(number);
        }

        _numbers.Clear();
        if (mishap is { } kind)
        {
            _owner.Tally.Add(kind, $"connection {_index}: cannot {doing}: {_args.SocketError}");
        }

        lock (_gate)
        {
            _socket!.Dispose();
            _socket = null;
        }

        _owner.Return(this);
        return false;
    }
}
