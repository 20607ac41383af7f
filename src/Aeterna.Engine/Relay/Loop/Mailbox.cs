using Aeterna.Linux;

namespace Aeterna.Relay.Loop;

/// <summary>What other threads want a loop to do. <see cref="Fd"/> becomes readable when something is there.</summary>
internal sealed unsafe class Mailbox : IDisposable
{
    private readonly FileDescriptor _bell = new(Errno.ThrowIfFailed(LibC.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK), "eventfd"));
    private readonly Lock _gate = new();
    private List<Action> _incoming = [];
    private List<Action> _taken = [];
    private volatile bool _any;
    private bool _closed;

    public int Fd => _bell.Number;

    /// <summary>Whether <see cref="Take"/> has something to give.</summary>
    public bool Any => _any;

    /// <summary>Adds something; false when the loop has ended.</summary>
    public bool Post(Action action)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            _incoming.Add(action);
            if (!_any)
            {
                _any = true;
                ulong one = 1;
                Errno.ThrowIfFailed(Libc.write(_bell.Number, (byte*)&one, sizeof(ulong)), "write(eventfd)");
            }

            return true;
        }
    }

    /// <summary>All that is there; valid until the next call. For the loop's thread.</summary>
    public List<Action> Take()
    {
        _taken.Clear();
        lock (_gate)
        {
            if (_any)
            {
                ulong count;
                Errno.ThrowIfFailed(Libc.read(_bell.Number, (byte*)&count, sizeof(ulong)), "read(eventfd)");
                _any = false;
            }

            (_incoming, _taken) = (_taken, _incoming);
        }

        return _taken;
    }

    /// <summary>Takes nothing more.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _bell.Dispose();
}
