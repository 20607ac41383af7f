using Aeterna.Linux;

namespace Aeterna.Relay.Datagrams;

/// <summary>The thread of a datagram relay: waits until one of the relay's sockets is ready, then lets it work.</summary>
internal sealed class DatagramLoop : IDisposable
{
    private const int StackSize = 256 * 1024;

    private readonly WakeUp _wakeUp = new();
    private readonly Action<List<Pollfd>> _wants;
    private readonly Action _work;
    private readonly Thread _thread;
    private volatile bool _stopping;

    /// <param name="wants">Adds what is to be waited for.</param>
    /// <param name="work">Does what can be done without waiting.</param>
    public DatagramLoop(Action<List<Pollfd>> wants, Action work)
    {
        (_wants, _work) = (wants, work);
        _thread = new Thread(Run, StackSize) { IsBackground = true, Name = "datagram-relay" };
        _thread.Start();
    }

    /// <summary>What is waited for has changed.</summary>
    public void Wake() => _wakeUp.Set();

    /// <summary>Ends the thread.</summary>
    public void Dispose()
    {
        _stopping = true;
        Wake();
        _thread.Join();
        _wakeUp.Dispose();
    }

    private void Run()
    {
        List<Pollfd> polled = [];
        while (!_stopping)
        {
            polled.Clear();
            polled.Add(new Pollfd { Fd = _wakeUp.Fd, Events = Libc.POLLIN });
            _wants(polled);
            Wait(polled);
            _work();
        }
    }

    private unsafe void Wait(List<Pollfd> polled)
    {
        var fds = polled.ToArray();
        fixed (Pollfd* p = fds)
        {
            if (Libc.poll(p, (nuint)fds.Length, -1) < 0 && Errno.Last != Errno.EINTR)
            {
                throw new LinuxException("poll", Errno.Last);
            }
        }

        if ((fds[0].Revents & Libc.POLLIN) != 0)
        {
            ulong woken;
            Errno.ThrowIfFailed(Libc.read(_wakeUp.Fd, (byte*)&woken, sizeof(ulong)), "read(eventfd)");
        }
    }
}
