using Aeterna.Linux;

using Aeterna.Relay.Frames;
using Aeterna.Relay.Kept;
using Microsoft.Extensions.Logging;

namespace Aeterna.Relay.Loop;

/// <summary>
/// A thread that waits for many descriptors at once (epoll) and serves each in turn. Everything that belongs to a connection is done on
/// the thread of its loop, so nothing of it needs a lock; other threads <see cref="Post"/>.
/// </summary>
internal sealed unsafe class EventLoop : IDisposable
{
    private const int Batch = 256;

    private readonly FileDescriptor _epoll = new(Errno.ThrowIfFailed(LibC.epoll_create1(Libc.EPOLL_CLOEXEC), "epoll_create1"));
    private readonly Mailbox _mail = new();
    private readonly LoopTimer _timer = new();
    private readonly SinkTable _sinks = new();
    private readonly Queue<ISink> _again = new();
    private readonly ILogger _log;
    private readonly Thread _thread;
    private bool _stopped;
    private int _untouched;

    public EventLoop(int number, ILogger log, long memory = long.MaxValue, KeptRelays? kept = null)
    {
        (_log, Number, Kept) = (log, number, kept);
        Pool = new SegmentPool(_timer.AddSweeping, memory, kept?.Blocks);
        Errno.ThrowIfFailed(EpollEvents.Control(_epoll.Number, Libc.EPOLL_CTL_ADD, _mail.Fd, Libc.EPOLLIN, MailNumber), "epoll_ctl");
        Errno.ThrowIfFailed(EpollEvents.Control(_epoll.Number, Libc.EPOLL_CTL_ADD, _timer.Fd, Libc.EPOLLIN, TimerNumber), "epoll_ctl");
        _thread = new Thread(Run) { Name = $"relay {number}", IsBackground = true };
        _thread.Start();
    }

    private const ulong MailNumber = ulong.MaxValue;
    private const ulong TimerNumber = ulong.MaxValue - 1;

    /// <summary>Its number among the loops.</summary>
    public int Number { get; }

    /// <summary>What outlives the engine; null: nothing does.</summary>
    public KeptRelays? Kept { get; }

    /// <summary>Memory for the streams of this loop.</summary>
    public SegmentPool Pool { get; }

    /// <summary>Connections that it serves; written by its own thread and by those that give it one.</summary>
    public int Load;

    /// <summary>Whether the caller is its thread.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>Has something done on the loop's thread; false when the loop has ended.</summary>
    public bool Post(Action action) => _mail.Post(action);

    /// <summary>Something was posted that has not been begun.</summary>
    public bool HasMail => _mail.Any || Volatile.Read(ref _untouched) > 0;

    /// <summary>Watches a descriptor, which stays the caller's. Returns its number here.</summary>
    /// <exception cref="LinuxException">ENOMEM, ENOSPC.</exception>
    public ulong Add(int fd, uint events, ISink sink)
    {
        var number = _sinks.Add(sink);
        if (EpollEvents.Control(_epoll.Number, Libc.EPOLL_CTL_ADD, fd, events, number) < 0)
        {
            var error = Errno.Last;
            _sinks.Remove(number);
            throw new LinuxException("epoll_ctl", error);
        }

        return number;
    }

    /// <summary>Changes what a descriptor is watched for.</summary>
    public void Change(int fd, uint events, ulong number) =>
        Errno.ThrowIfFailed(EpollEvents.Control(_epoll.Number, Libc.EPOLL_CTL_MOD, fd, events, number), "epoll_ctl");

    /// <summary>Ends the watching; before the descriptor is closed, since others may keep the socket open.</summary>
    public void Remove(int fd, ulong number)
    {
        _sinks.Remove(number);
        Errno.ThrowIfFailed(EpollEvents.Control(_epoll.Number, Libc.EPOLL_CTL_DEL, fd, 0, 0), "epoll_ctl");
    }

    /// <summary>Gives a sink another turn after the others have had theirs.</summary>
    public void Again(ISink sink) => _again.Enqueue(sink);

    /// <summary>Has a chore's tick called soon, and again as long as it asks.</summary>
    public void TickSoon(IChore chore) => _timer.AddTicking(chore);

    /// <summary>Has a chore's sweep called, and again as long as it asks.</summary>
    public void SweepLater(IChore chore) => _timer.AddSweeping(chore);

    /// <summary>Ends the thread after what was posted before.</summary>
    public void Dispose()
    {
        _mail.Post(() => _stopped = true);
        if (!IsCurrent)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        var events = stackalloc byte[Batch * 16];
        while (!_stopped)
        {
            var count = Libc.epoll_wait(_epoll.Number, events, Batch, _again.Count > 0 ? 0 : _timer.Timeout);
            if (count < 0 && Errno.Last != Errno.EINTR)
            {
                throw new LinuxException("epoll_wait", Errno.Last); // Only a closed or wrong descriptor can do this: a bug.
            }

            for (var i = 0; i < count; i++)
            {
                Serve(EpollEvents.Data(events, i), EpollEvents.Flags(events, i));
            }

            for (var turns = _again.Count; turns > 0; turns--)
            {
                Serve(_again.Dequeue(), 0);
            }

            if (_mail.Any)
            {
                var taken = _mail.Take();
                _untouched = taken.Count;
                taken.ForEach(Do);
            }

            _timer.SweepIfDue();
        }

        _mail.Close();
        _mail.Take().ForEach(Do); // Who waits for an answer gets one.
        _epoll.Dispose();
        _timer.Dispose();
        _mail.Dispose();
    }

    private void Serve(ulong number, uint flags)
    {
        if (number == TimerNumber)
        {
            _timer.Tick();
        }
        else if (number != MailNumber && _sinks.Find(number) is { } sink)
        {
            Serve(sink, flags);
        }
    }

    private static void Serve(ISink sink, uint flags)
    {
        try
        {
            sink.Ready(flags);
        }
        catch (Exception e)
        {
            sink.Fail(e); // One connection ends by it, not the loop.
        }
    }

    private void Do(Action action)
    {
        Volatile.Write(ref _untouched, _untouched - 1);
        try
        {
            action();
        }
        catch (Exception e)
        {
            RelayLog.Unexpected(_log, e.Message);
        }
    }
}
