using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>
/// The threads that take the notifications of one generation, each as soon as it is there, and have them answered. Until its call has been
/// received a thread of the program can be interrupted by a signal, in calls that never end with EINTR otherwise: so there are always more
/// threads that wait here than are busy.
/// </summary>
/// <remarks>
/// Calls of several threads are answered at the same time. Each thread waits for its answer, and what an answer changes is done before it is
/// sent: so what a program does in order, by whatever means, is answered in order.
/// </remarks>
internal sealed class Receivers
{
    private const int First = 3;
    private const int LeastIdle = 2;
    private const int Most = 48;
    private const int StackBytes = 256 << 10;

    private static readonly TimeSpan _untilInterruptedAgain = TimeSpan.FromMilliseconds(2);

    private readonly FileDescriptor _listener;
    private readonly string _name;
    private readonly Action<SeccompNotif> _answer;
    private readonly Action<LinuxException> _broken;
    private readonly Lock _gate = new();
    private readonly List<Thread> _threads = [];
    private readonly List<int> _ids = [];
    private volatile bool _stop;
    private int _idle;

    /// <param name="listener">The notification descriptor; stays the caller's, and is to be open until <see cref="Stop"/> has returned.</param>
    /// <param name="name">For the threads.</param>
    /// <param name="answer">Answers a notification; on any of the threads. Throws nothing.</param>
    /// <param name="broken">Told when notifications cannot be taken any more.</param>
    public Receivers(FileDescriptor listener, string name, Action<SeccompNotif> answer, Action<LinuxException> broken)
    {
        (_listener, _name, _answer, _broken) = (listener, name, answer, broken);
        Seccomp.WakeOnSameProcessor(listener.Number);
        for (var i = 0; i < First; i++)
        {
            Add();
        }
    }

    /// <summary>How many threads there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _threads.Count;
            }
        }
    }

    /// <summary>Ends the threads, and returns when they have ended.</summary>
    public void Stop()
    {
        _stop = true;
        List<Thread> threads;
        lock (_gate)
        {
            threads = [.. _threads];
        }

        foreach (var thread in threads)
        {
            while (!thread.Join(_untilInterruptedAgain))
            {
                Interrupt();
            }
        }
    }

    private void Interrupt()
    {
        lock (_gate)
        {
            _ids.ForEach(ThreadInterrupt.Send);
        }
    }

    private void Add()
    {
        lock (_gate)
        {
            if (_threads.Count >= Most || _stop)
            {
                return;
            }

            var thread = new Thread(Run, StackBytes) { IsBackground = true, Name = _name };
            _threads.Add(thread);
            Interlocked.Increment(ref _idle);
            thread.Start();
        }
    }

    private void Run()
    {
        var id = ThreadInterrupt.Register();
        lock (_gate)
        {
            _ids.Add(id);
        }

        try
        {
            while (!_stop && ReceiveOne())
            {
            }
        }
        catch (LinuxException e)
        {
            _broken(e);
        }
        finally
        {
            // Nobody else must be sent a signal for a thread that got its number later.
            lock (_gate)
            {
                _ids.Remove(id);
            }
        }
    }

    /// <summary>False when nothing more can come.</summary>
    private bool ReceiveOne()
    {
        if (!Seccomp.Receive(_listener.Number, out var notification))
        {
            return !PollOnce.HungUp(_listener.Number);
        }

        if (Interlocked.Decrement(ref _idle) < LeastIdle)
        {
            Add();
        }

        try
        {
            _answer(notification);
        }
        finally
        {
            Interlocked.Increment(ref _idle);
        }

        return true;
    }
}
