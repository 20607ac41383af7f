using Aeterna.Linux;

namespace Aeterna.StateHandoff;

/// <summary>The engine's end of a pipe to a command. Waits in poll(2), so that a hanging command can always be left.</summary>
internal sealed class CommandPipe : IDisposable
{
    private readonly FileDescriptor _ours;
    private readonly WakeUp _wake = new();
    private FileDescriptor? _theirs;

    private CommandPipe(FileDescriptor ours, FileDescriptor theirs) => (_ours, _theirs) = (ours, theirs);

    /// <summary>The command's end.</summary>
    public FileDescriptor Theirs => _theirs ?? throw new ObjectDisposedException(nameof(CommandPipe));

    /// <summary>Makes one.</summary>
    /// <param name="weRead">The command writes.</param>
    /// <exception cref="LinuxException">EMFILE.</exception>
    public static unsafe CommandPipe Open(bool weRead)
    {
        var fds = stackalloc int[2];
        Errno.ThrowIfFailed(LibC.pipe2(fds, Libc.O_CLOEXEC), "pipe2");
        var (read, write) = (new FileDescriptor(fds[0]), new FileDescriptor(fds[1]));
        var ours = weRead ? read : write;
        _ = LibC.fcntl(ours.Number, Libc.F_SETFL, Libc.O_NONBLOCK);
        return new CommandPipe(ours, weRead ? write : read);
    }

    /// <summary>Closes the command's end here: it has its own.</summary>
    public void LetGo() => Interlocked.Exchange(ref _theirs, null)?.Dispose();

    /// <summary>Bytes read; 0 at the end.</summary>
    public Task<int> Read(Memory<byte> buffer, CancellationToken cancel) => Task.Run(() => Wait(buffer, Libc.POLLIN, TryRead, cancel), CancellationToken.None);

    /// <summary>Writes all of it.</summary>
    /// <exception cref="LinuxException">EPIPE: the command does not read any more.</exception>
    public async ValueTask Write(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        while (!bytes.IsEmpty)
        {
            var rest = System.Runtime.InteropServices.MemoryMarshal.AsMemory(bytes);
            bytes = bytes[await Task.Run(() => Wait(rest, Libc.POLLOUT, TryWrite, cancel), CancellationToken.None).ConfigureAwait(false)..];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        LetGo();
        _ours.Dispose();
        _wake.Dispose();
    }

    private unsafe int Wait(Memory<byte> buffer, short events, Func<Memory<byte>, int> attempt, CancellationToken cancel)
    {
        var fds = stackalloc Pollfd[2];
        using var registration = cancel.Register(_wake.Set);
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var result = attempt(buffer);
            if (result >= 0)
            {
                return result;
            }

            fds[0] = new Pollfd { Fd = _ours.Number, Events = events };
            fds[1] = new Pollfd { Fd = _wake.Fd, Events = Libc.POLLIN };
            _ = Libc.poll(fds, 2, -1);
        }
    }

    private unsafe int TryRead(Memory<byte> buffer)
    {
        fixed (byte* bytes = buffer.Span)
        {
            return Result(Libc.read(_ours.Number, bytes, (nuint)buffer.Length), "read");
        }
    }

    private unsafe int TryWrite(Memory<byte> buffer)
    {
        fixed (byte* bytes = buffer.Span)
        {
            return Result(Libc.write(_ours.Number, bytes, (nuint)buffer.Length), "write");
        }
    }

    private static int Result(nint result, string call) =>
        result >= 0 ? (int)result : Errno.Last is Errno.EAGAIN or Errno.EINTR ? -1 : throw new LinuxException(call, Errno.Last);
}
