using Aeterna.Linux;
using Aeterna.Listeners;

using Aeterna.Machine.Plans;
using Microsoft.Extensions.Logging;

namespace Aeterna.Broker;

/// <summary>
/// Answers the trapped calls of one generation, each on one of the <see cref="Receivers"/>. A thread beside them looks after what comes
/// from elsewhere: clients for calls that wait, signals for these, the end of processes. All end with the generation's last process.
/// </summary>
internal sealed partial class SocketBroker : IDisposable
{
    /// <summary>How long a signal from others may wait for a thread that waits for a client, in milliseconds.</summary>
    private const int LookAfterSignals = 50;

    private readonly int _generation;
    private readonly FileDescriptor _listener;
    private readonly WakeUp _stop;
    private readonly WakeUp _wake;
    private readonly ThreadGroups _groups = new();
    private readonly BrokerSubject _subject;
    private readonly OwnNames _names = new();
    private readonly ReceivedCalls _received;
    private readonly LegTable _legs;
    private readonly AcceptTrap _accept;
    private readonly CallTable _calls;
    private readonly IBrokerMeter _meter;
    private readonly ILogger _log;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Receivers? _receivers; // These are null while it is held still.
    private Thread? _thread;
    private IReadOnlyList<SeccompNotif> _parked = [];
    private volatile bool _interrupt;
    private volatile bool _isHeld;

    /// <param name="subject">Whose calls these are.</param>
    /// <param name="listener">The notification descriptor; owned by the broker from here on.</param>
    /// <param name="listeners">The held sockets.</param>
    /// <param name="onFailedBind">Told of every bind that failed, with its errno; on any of the broker's threads.</param>
    /// <param name="meter">Counts; on any of the broker's threads.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="LinuxException">EMFILE; the notification descriptor stays the caller's then.</exception>
    public SocketBroker(
        BrokerSubject subject, FileDescriptor listener, ListenerTable listeners, Action<ListenerAddress, int> onFailedBind, IBrokerMeter meter, ILogger log)
    {
        using var starting = new Unfinished();
        (_subject, _generation) = (subject, subject.Generation);
        _listener = listener;
        _stop = starting.Own(new WakeUp());
        _wake = starting.Own(new WakeUp());
        _legs = new LegTable(subject.FirstLeg, subject.MainProcess, _wake.Set);
        IReadOnlyList<SeccompNotif> left = [];
        if (subject.Before?.State.Received is { } memory)
        {
            (_received, left) = ReceivedCalls.From(memory); // Not closed if this fails: another engine needs it then.
        }
        else
        {
            _received = starting.Own(new ReceivedCalls());
        }

        _accept = new AcceptTrap(listeners, _legs, _wake.Set, _received, subject.IsKept);
        var options = new OptionTraps(_generation, listeners);
        _calls = new CallTable(new Traps(
            new BindTrap(subject, listeners, options, _names, onFailedBind, log), new SocketTraps(_generation, listeners),
            new PathTraps(_generation, listeners, new Adoption(subject, listeners, _names, log), subject.Renamed), options, _accept,
            new LegTraps(listeners, _legs)));
        _meter = meter;
        _log = log;
        if (subject.Before is { } before)
        {
            (_isHeld, _parked) = (true, [.. before.State.Parked.Select(parked => parked.Notification()), .. left.ExceptBy(before.State.Parked.Select(parked => parked.Id), call => call.Id)]);
            Take(before.State, before.Legs);
        }
        else
        {
            _receivers = starting.Own(NewReceivers());
            _thread = NewThread();
        }

        starting.Finish();
    }

    /// <summary>Completes when no process of the generation is left. Never faults.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Lets calls that wait for a client return with EINTR, so that the program sees the signal that comes next.</summary>
    public void Interrupt()
    {
        _interrupt = true;
        _wake.Set();
    }

    /// <summary>The main process has handed its work to another one.</summary>
    public void MoveMain(int process) => _legs.MoveMain(process);

    /// <summary>Ends the threads and closes the descriptor: calls of processes that are still alive then fail with ENOSYS.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread?.Join();
        _receivers?.Dispose();
        _accept.Dispose();
        _legs.Dispose();
        _listener.Dispose();
        _received.Dispose();
        _stop.Dispose();
        _wake.Dispose();
    }

    private Receivers NewReceivers() => new(_listener, _received, $"broker gen {_generation}", AnswerAtOnce, AnswerOne, Break);

    private Thread NewThread()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = $"broker gen {_generation}" };
        thread.Start();
        return thread;
    }

    private void Break(LinuxException why)
    {
        BrokerLog.Broken(_log, _generation, why.Message);
        _ended.TrySetResult();
    }

    private void Run()
    {
        try
        {
            while (WaitAndLook())
            {
            }
        }
        catch (LinuxException e)
        {
            Break(e);
        }
        finally
        {
            if (!_isHeld)
            {
                _ended.TrySetResult();
            }
        }
    }

    /// <summary>False when there is nothing more to look after.</summary>
    private unsafe bool WaitAndLook()
    {
        const int fixedOnes = 3;
        var watched = _legs.Watched;
        var fds = new Pollfd[fixedOnes + watched.Count];
        fds[0] = new Pollfd { Fd = _listener.Number };
        fds[1] = new Pollfd { Fd = _stop.Fd, Events = Libc.POLLIN };
        fds[2] = new Pollfd { Fd = _wake.Fd, Events = Libc.POLLIN };
        for (var i = 0; i < watched.Count; i++)
        {
            fds[fixedOnes + i] = new Pollfd { Fd = watched[i].Number, Events = Libc.POLLIN };
        }

        int ready;
        fixed (Pollfd* p = fds)
        {
            ready = Libc.poll(p, (nuint)fds.Length, _accept.HasParked ? LookAfterSignals : -1);
        }

        if (ready < 0)
        {
            return Errno.Last == Errno.EINTR ? true : throw new LinuxException("poll", Errno.Last);
        }

        if (fds[1].Revents != 0)
        {
            return false;
        }

        if (ready == 0)
        {
            _accept.AnswerSignalled();
        }

        if (fds[2].Revents != 0)
        {
            _wake.Clear();
            var interrupt = _interrupt;
            _interrupt = false;
            _accept.AnswerParked(interrupt);
        }

        if (fds.AsSpan(fixedOnes).ToArray().Any(f => f.Revents != 0))
        {
            _legs.CloseOfEnded();
        }

        // The kernel hangs up when the last task with the filter has ended.
        return (fds[0].Revents & (Libc.POLLHUP | Libc.POLLERR)) == 0;
    }

    /// <summary>A close of what is no relayed connection, of which some programs make thousands in a row.</summary>
    private bool AnswerAtOnce(SeccompNotif notification)
    {
        if (CallTable.CallOf(notification.Data.Nr) != TrappedCall.Close || _legs.HasAny(CallTable.FirstArgument(notification)))
        {
            return false;
        }

        Seccomp.Send(_listener.Number, notification.Id, 0, 0, Seccomp.SECCOMP_USER_NOTIF_FLAG_CONTINUE);
        _meter.Trapped(TrappedCall.Close, AnswerKind.Untouched);
        return true;
    }

    private void AnswerOne(SeccompNotif notification)
    {
        var call = CallTable.CallOf(notification.Data.Nr);
        Answer answer;
        try
        {
            answer = notification.Pid == 0 ? Answer.Untouched : _calls.Handle(notification.Data.Nr, new Caller(_listener.Number, notification, _groups));
        }
        catch (CallerGoneException) when (!Seccomp.IsValid(_listener.Number, notification.Id))
        {
            _received.Answered(notification.Id);
            return;
        }
        catch (Exception e)
        {
            // It waits for an answer, whatever went wrong here, as for want of a descriptor.
            answer = CallTable.WhenBroken(call, e);
            BrokerLog.Unhandled(_log, call, _generation, answer, e.Message);
        }

        if (answer.Kind is not (AnswerKind.Given or AnswerKind.Parked))
        {
            var flags = answer.Kind == AnswerKind.Untouched ? Seccomp.SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
            Seccomp.Send(_listener.Number, notification.Id, 0, answer.Errno, flags);
        }

        if (answer.Kind != AnswerKind.Parked)
        {
            _received.Answered(notification.Id);
        }

        _meter.Trapped(call, answer.Kind);
        BrokerLog.Answered(_log, _generation, call, (int)notification.Pid, answer);
    }
}

/// <summary>Whose calls a broker answers.</summary>
/// <param name="Generation">Its number.</param>
/// <param name="MainProcess">Its main process.</param>
/// <param name="Service">The service as the generation was started with it.</param>
/// <param name="FirstLeg">The lowest descriptor that a relayed connection may have; 0: nothing is relayed.</param>
internal sealed record BrokerSubject(int Generation, int MainProcess, ServicePlan Service, int FirstLeg)
{
    /// <summary>Told of the new name of every file that is renamed and is no socket's; on the broker's thread.</summary>
    public Action<string>? Renamed { get; init; }

    /// <summary>Another engine may go on in the midst of an answer.</summary>
    public bool IsKept { get; init; }

    /// <summary>What a predecessor knew of them; null: they have just been started.</summary>
    public BrokerBefore? Before { get; init; }
}

/// <summary>Counts what the broker does.</summary>
internal interface IBrokerMeter
{
    /// <summary>A trapped call was answered.</summary>
    void Trapped(TrappedCall call, AnswerKind answer);
}
