using Aeterna.Configuration;
using Aeterna.Linux;
using Aeterna.Listeners;

using Microsoft.Extensions.Logging;

namespace Aeterna.Broker;

/// <summary>
/// Answers the trapped calls of one generation on a thread of its own, which ends when the last process of the generation has ended.
/// </summary>
internal sealed class SocketBroker : IDisposable
{
    private readonly int _generation;
    private readonly FileDescriptor _listener;
    private readonly WakeUp _stop = new();
    private readonly WakeUp _wake = new();
    private readonly ThreadGroups _groups = new();
    private readonly LegTable _legs;
    private readonly AcceptTrap _accept;
    private readonly LegTraps _onLegs;
    private readonly BindTrap _bind;
    private readonly SocketTraps _sockets;
    private readonly PathTraps _paths;
    private readonly OptionTraps _options;
    private readonly IBrokerMeter _meter;
    private readonly ILogger _log;
    private readonly Dictionary<int, TrappedCall> _calls = TrapFilter.Rules(SyscallTable.Native, 1).DistinctBy(r => r.Number).ToDictionary(r => r.Number, r => r.Call);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private volatile bool _interrupt;

    /// <param name="subject">Whose calls these are.</param>
    /// <param name="listener">The notification descriptor; owned by the broker from here on.</param>
    /// <param name="listeners">The held sockets.</param>
    /// <param name="onFailedBind">Told of every bind that failed, with its errno; on the broker's thread.</param>
    /// <param name="meter">Counts.</param>
    /// <param name="log">The log.</param>
    public SocketBroker(
        BrokerSubject subject, FileDescriptor listener, ListenerTable listeners, Action<ListenerAddress, int> onFailedBind, IBrokerMeter meter, ILogger log)
    {
        _generation = subject.Generation;
        _listener = listener;
        _legs = new LegTable(subject.FirstLeg, subject.MainProcess);
        _accept = new AcceptTrap(listeners, _legs, _wake.Set);
        _onLegs = new LegTraps(listeners, _legs);
        _options = new OptionTraps(_generation, listeners);
        _bind = new BindTrap(subject, listeners, _options, onFailedBind, log);
        _sockets = new SocketTraps(_generation, listeners);
        _paths = new PathTraps(listeners);
        _meter = meter;
        _log = log;
        _thread = new Thread(Run) { IsBackground = true, Name = $"broker gen {_generation}" };
        _thread.Start();
    }

    /// <summary>Completes when no process of the generation is left. Never faults.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Lets calls that wait for a client return with EINTR, so that the program sees the signal that comes next.</summary>
    public void Interrupt()
    {
        _interrupt = true;
        _wake.Set();
    }

    /// <summary>Ends the thread and closes the descriptor: calls of processes that are still alive then fail with ENOSYS.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _accept.Dispose();
        _legs.Dispose();
        _listener.Dispose();
        _stop.Dispose();
        _wake.Dispose();
    }

    private void Run()
    {
        try
        {
            while (WaitAndAnswer())
            {
            }
        }
        catch (LinuxException e)
        {
            BrokerLog.Broken(_log, _generation, e.Message);
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    /// <summary>False when there is nothing more to answer.</summary>
    private unsafe bool WaitAndAnswer()
    {
        const int fixedOnes = 3;
        var watched = _legs.Watched.ToArray();
        var fds = new Pollfd[fixedOnes + watched.Length];
        fds[0] = new Pollfd { Fd = _listener.Number, Events = Libc.POLLIN };
        fds[1] = new Pollfd { Fd = _stop.Fd, Events = Libc.POLLIN };
        fds[2] = new Pollfd { Fd = _wake.Fd, Events = Libc.POLLIN };
        for (var i = 0; i < watched.Length; i++)
        {
            fds[fixedOnes + i] = new Pollfd { Fd = watched[i].Number, Events = Libc.POLLIN };
        }

        fixed (Pollfd* p = fds)
        {
            if (Libc.poll(p, (nuint)fds.Length, -1) < 0)
            {
                return Errno.Last == Errno.EINTR ? true : throw new LinuxException("poll", Errno.Last);
            }
        }

        if (fds[1].Revents != 0)
        {
            return false;
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

        if ((fds[0].Revents & Libc.POLLIN) != 0)
        {
            AnswerNext();
            return true;
        }

        // The kernel hangs up when the last task with the filter has ended.
        return (fds[0].Revents & (Libc.POLLHUP | Libc.POLLERR)) == 0;
    }

    private void AnswerNext()
    {
        if (!Seccomp.Receive(_listener.Number, out var notification))
        {
            return;
        }

        var call = _calls[notification.Data.Nr];
        Answer answer;
        try
        {
            answer = notification.Pid == 0 ? Answer.Untouched : Handle(call, new Caller(_listener.Number, notification, _groups));
        }
        catch (CallerGoneException) when (!Seccomp.IsValid(_listener.Number, notification.Id))
        {
            return;
        }
        catch (Exception e) when (e is CallerGoneException or LinuxException or IOException or UnauthorizedAccessException or FormatException)
        {
            // It waits for an answer, whatever went wrong here, as for want of a descriptor.
            BrokerLog.Unhandled(_log, call, _generation, e.Message);
            answer = WithoutUs(call);
        }

        if (answer.Kind is not (AnswerKind.Given or AnswerKind.Parked))
        {
            var flags = answer.Kind == AnswerKind.Untouched ? Seccomp.SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
            Seccomp.Send(_listener.Number, notification.Id, 0, answer.Errno, flags);
        }

        _meter.Trapped(call, answer.Kind);
        BrokerLog.Answered(_log, _generation, call, (int)notification.Pid, answer);
    }

    /// <summary>The kernel can do all calls by itself but the accepting of a relayed connection, which it would give without its address.</summary>
    private static Answer WithoutUs(TrappedCall call) =>
        call is TrappedCall.Accept or TrappedCall.Accept4 ? Answer.Of(Errno.EMFILE) : Answer.Untouched;

    private Answer Handle(TrappedCall call, Caller caller) => call switch
    {
        TrappedCall.Bind => _bind.Handle(caller),
        TrappedCall.Listen => _sockets.Listen(caller),
        TrappedCall.Shutdown => _sockets.Shutdown(caller),
        TrappedCall.Unlink => _paths.Unlink(caller),
        TrappedCall.Unlinkat => _paths.Unlinkat(caller),
        TrappedCall.Rename => _paths.Rename(caller),
        TrappedCall.Renameat => _paths.Renameat(caller),
        TrappedCall.Renameat2 => _paths.Renameat2(caller),
        TrappedCall.Accept => _accept.Handle(caller, accept4: false),
        TrappedCall.Accept4 => _accept.Handle(caller, accept4: true),
        TrappedCall.Close => _onLegs.Close(caller),
        TrappedCall.CloseRange => _onLegs.CloseRange(caller),
        TrappedCall.Getsockname => _onLegs.Getsockname(caller),
        TrappedCall.Getpeername => _onLegs.Getpeername(caller),
        TrappedCall.Getsockopt => _options.Getsockopt(caller) ?? _onLegs.Getsockopt(caller),
        _ => _options.Setsockopt(caller) ?? _onLegs.Setsockopt(caller),
    };
}

/// <summary>Whose calls a broker answers.</summary>
/// <param name="Generation">Its number.</param>
/// <param name="MainProcess">Its main process.</param>
/// <param name="Service">The service as the generation was started with it.</param>
/// <param name="FirstLeg">The lowest descriptor that a relayed connection may have; 0: nothing is relayed.</param>
internal sealed record BrokerSubject(int Generation, int MainProcess, ServicePlan Service, int FirstLeg);

/// <summary>Counts what the broker does.</summary>
internal interface IBrokerMeter
{
    /// <summary>A trapped call was answered.</summary>
    void Trapped(TrappedCall call, AnswerKind answer);
}
