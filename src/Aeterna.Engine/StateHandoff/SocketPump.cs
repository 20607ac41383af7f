using Aeterna.Linux;

namespace Aeterna.StateHandoff;

/// <summary>
/// Moves bytes from one socket to another through a pipe of the kernel, so that they never come into the engine. Works on the calling
/// thread, and waits in poll(2). The sockets are the caller's, and do not block.
/// </summary>
internal sealed class SocketPump : IDisposable
{
    /// <summary>What an ordinary user may ask for (pipe-max-size); with less the kernel's own size is used.</summary>
    private const int PipeSize = 1 << 20;

    private readonly FileDescriptor _out;
    private readonly FileDescriptor _in;
    private readonly WakeUp _wake = new();
    private readonly CancellationTokenRegistration _registration;
    private readonly CancellationToken _cancel;
    private int _held;

    /// <param name="cancel">Ends every wait.</param>
    /// <exception cref="LinuxException">EMFILE.</exception>
    public unsafe SocketPump(CancellationToken cancel)
    {
        var fds = stackalloc int[2];
        Errno.ThrowIfFailed(LibC.pipe2(fds, Libc.O_CLOEXEC), "pipe2");
        (_out, _in, _cancel) = (new FileDescriptor(fds[0]), new FileDescriptor(fds[1]), cancel);
        _ = LibC.fcntl(_in.Number, Libc.F_SETPIPE_SZ, PipeSize);
        _registration = cancel.Register(_wake.Set);
    }

    /// <summary>Takes up to <paramref name="most"/> bytes from a socket as soon as there are some; 0 at its end.</summary>
    /// <exception cref="LinuxException">ECONNRESET.</exception>
    public unsafe int Fill(int socket, long most)
    {
        nint got;
        while ((got = Libc.splice(socket, null, _in.Number, null, (nuint)Math.Min(most, PipeSize), Libc.SPLICE_F_MOVE | Libc.SPLICE_F_NONBLOCK)) < 0)
        {
            // The pipe is empty whenever this is called, so it is the socket that has nothing.
            WaitAfter("splice", socket, Libc.POLLIN);
        }

        return _held = (int)got;
    }

    /// <summary>Gives a socket all that has been taken.</summary>
    /// <param name="socket">Which.</param>
    /// <param name="gone">Told how many bytes have gone, each time that some have.</param>
    /// <exception cref="LinuxException">EPIPE, ECONNRESET.</exception>
    public unsafe void Drain(int socket, Action<int> gone)
    {
        while (_held > 0)
        {
            var count = Libc.splice(_out.Number, null, socket, null, (nuint)_held, Libc.SPLICE_F_MOVE | Libc.SPLICE_F_NONBLOCK);
            if (count < 0)
            {
                WaitAfter("splice", socket, Libc.POLLOUT);
                continue;
            }

            _held -= (int)count;
            gone((int)count);
        }
    }

    /// <summary>Throws away what has been taken and not given.</summary>
    public unsafe void Discard()
    {
        var scratch = stackalloc byte[4096];
        while (_held > 0)
        {
            var gone = Libc.read(_out.Number, scratch, (nuint)Math.Min(_held, 4096));
            _held -= (int)Math.Max(gone, 0);
        }
    }

    /// <summary>Waits until a descriptor is ready.</summary>
    /// <exception cref="OperationCanceledException">Nobody wants it any more.</exception>
    public unsafe void Wait(int fd, short events)
    {
        var fds = stackalloc Pollfd[2];
        fds[0] = new Pollfd { Fd = fd, Events = events };
        fds[1] = new Pollfd { Fd = _wake.Fd, Events = Libc.POLLIN };
        _cancel.ThrowIfCancellationRequested();
        _ = Libc.poll(fds, 2, -1);
        _cancel.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration.Dispose();
        _wake.Dispose();
        _in.Dispose();
        _out.Dispose();
    }

    private void WaitAfter(string call, int fd, short events)
    {
        if (Errno.Last is not (Errno.EAGAIN or Errno.EINTR))
        {
            throw new LinuxException(call, Errno.Last);
        }

        Wait(fd, events);
    }
}
