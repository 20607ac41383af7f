using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>
/// The threads that take the notifications of one generation, each as soon as it is there, and have them answered. Until its call has been
/// received a thread of the program can be interrupted by a signal, in calls that never end with EINTR otherwise: so a thread that has taken
/// one first lets another into its place, and then answers.
/// </summary>
/// <remarks>
/// Two have a place, so that one is there while the other changes. More would not help: the kernel wakes all that wait, for each call.
/// Calls of several threads are answered at the same time. Each thread waits for its answer, and what an answer changes is done before it is
/// sent: so what a program does in order, by whatever means, is answered in order.
/// </remarks>
internal sealed class Receivers : IDisposable
{
    private const int Places = 2;
    private const int First = 3;
    private const int Most = 48;
    private const int StackBytes = 256 << 10;

    private static readonly TimeSpan _untilInterruptedAgain = TimeSpan.FromMilliseconds(2);

    private readonly FileDescriptor _listener;
    private readonly string _name;
    private readonly ReceivedCalls _calls;
    private readonly Func<SeccompNotif, bool> _answerAtOnce;
    private readonly Action<SeccompNotif> _answer;
    private readonly Action<LinuxException> _broken;
    private readonly Lock _gate = new();
    private readonly List<Thread> _threads = [];
    private readonly List<int> _ids = [];
    private readonly SemaphoreSlim _places = new(Places);
    private volatile bool _stop;
    private int _waiting;

    /// <param name="listener">The notification descriptor; stays the caller's, and is to be open until <see cref="Dispose"/> has returned.</param>
    /// <param name="calls">Where those are that have been received; stays the caller's, likewise.</param>
    /// <param name="name">For the threads.</param>
    /// <param name="answerAtOnce">Answers a notification if that takes no time at all; else false. Throws nothing.</param>
    /// <param name="answer">Answers a notification; on any of the threads. Throws nothing.</param>
    /// <param name="broken">Told when notifications cannot be taken any more.</param>
    public Receivers(
        FileDescriptor listener, ReceivedCalls calls, string name, Func<SeccompNotif, bool> answerAtOnce, Action<SeccompNotif> answer, Action<LinuxException> broken)
    {
        (_listener, _calls, _name, _answerAtOnce, _answer, _broken) = (listener, calls, name, answerAtOnce, answer, broken);
        using var starting = new Unfinished();
        starting.Undo(Dispose);
        Seccomp.WakeOnSameProcessor(listener.Number);
        for (var i = 0; i < First; i++)
        {
            Add();
        }

        starting.Finish();
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
    public void Dispose()
    {
        _stop = true;
        _places.Release(Most);
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

        _places.Dispose();
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
            thread.Start();
            _threads.Add(thread);
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
            while (TakePlace() && Receive(out var notification))
            {
                LeavePlace();
                _answer(notification);
            }

            _places.Release(); // Nothing more can come, and the others are to find that out too.
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

    private bool TakePlace()
    {
        Interlocked.Increment(ref _waiting);
        _places.Wait();
        Interlocked.Decrement(ref _waiting);
        return !_stop;
    }

    private void LeavePlace()
    {
        _places.Release();
        if (Volatile.Read(ref _waiting) == 0)
        {
            Add();
        }
    }

    /// <summary>Takes the next notification that is not answered at once. False when nothing more can come.</summary>
    private bool Receive(out SeccompNotif notification)
    {
        while (!_stop)
        {
            if (_calls.Receive(_listener.Number, out notification))
            {
                if (!_answerAtOnce(notification))
                {
                    return true;
                }

                _calls.Answered(notification.Id);
            }
            else if (PollOnce.HungUp(_listener.Number))
            {
                break;
            }
        }

        notification = default;
        return false;
    }
}
