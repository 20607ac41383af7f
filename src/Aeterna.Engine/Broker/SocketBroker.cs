using Aeterna.Configuration;
using Aeterna.Linux;
using Aeterna.Listeners;

using Microsoft.Extensions.Logging;

namespace Aeterna.Broker;

/// <summary>
/// Answers the trapped calls of one generation on a thread of its own, which has its own working directory, umask and file
/// system user so that it can do a call as the caller would. The thread ends when the last process of the generation has ended.
/// </summary>
internal sealed class SocketBroker : IDisposable
{
    private readonly int _generation;
    private readonly FileDescriptor _listener;
    private readonly WakeUp _stop = new();
    private readonly BindTrap _bind;
    private readonly SocketTraps _sockets;
    private readonly PathTraps _paths;
    private readonly IBrokerMeter _meter;
    private readonly ILogger _log;
    private readonly Dictionary<int, TrappedCall> _calls = TrapFilter.Trapped(SyscallTable.Native).ToDictionary(t => t.Number, t => t.Call);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;

    /// <param name="generation">Whose calls these are.</param>
    /// <param name="listener">The notification descriptor; owned by the broker from here on.</param>
    /// <param name="listeners">The held sockets.</param>
    /// <param name="onFailedBind">Told of every bind that failed, with its errno; on the broker's thread.</param>
    /// <param name="meter">Counts.</param>
    /// <param name="log">The log.</param>
    public SocketBroker(
        int generation, FileDescriptor listener, ListenerTable listeners, Action<ListenerAddress, int> onFailedBind, IBrokerMeter meter, ILogger log)
    {
        _generation = generation;
        _listener = listener;
        _bind = new BindTrap(generation, listeners, onFailedBind);
        _sockets = new SocketTraps(generation, listeners);
        _paths = new PathTraps(listeners);
        _meter = meter;
        _log = log;
        _thread = new Thread(Run) { IsBackground = true, Name = $"broker gen {generation}" };
        _thread.Start();
    }

    /// <summary>Completes when no process of the generation is left. Never faults.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Ends the thread and closes the descriptor: calls of processes that are still alive then fail with ENOSYS.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _listener.Dispose();
        _stop.Dispose();
    }

    private unsafe void Run()
    {
        try
        {
            ThreadCredentials.OwnDirectoryAndUmask();
            var fds = stackalloc Pollfd[2];
            while (true)
            {
                fds[0] = new Pollfd { Fd = _listener.Number, Events = Libc.POLLIN };
                fds[1] = new Pollfd { Fd = _stop.Fd, Events = Libc.POLLIN };
                if (Libc.poll(fds, 2, -1) < 0)
                {
                    if (Errno.Last == Errno.EINTR)
                    {
                        continue;
                    }

                    throw new LinuxException("poll", Errno.Last);
                }

                if (fds[1].Revents != 0)
                {
                    return;
                }

                if ((fds[0].Revents & Libc.POLLIN) != 0)
                {
                    AnswerNext();
                }
                else if ((fds[0].Revents & (Libc.POLLHUP | Libc.POLLERR)) != 0)
                {
                    return; // The kernel hangs up when the last task with the filter has ended.
                }
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
            answer = notification.Pid == 0 ? Answer.Untouched : Handle(call, new Caller(_listener.Number, notification));
        }
        catch (CallerGoneException)
        {
            return;
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException or FormatException)
        {
            BrokerLog.Unhandled(_log, call, _generation, e.Message);
            answer = Answer.Untouched;
        }

        var flags = answer.Kind == AnswerKind.Untouched ? Seccomp.SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
        Seccomp.Send(_listener.Number, notification.Id, 0, answer.Errno, flags);
        _meter.Trapped(call, answer.Kind);
        BrokerLog.Answered(_log, _generation, call, (int)notification.Pid, answer);
    }

    private Answer Handle(TrappedCall call, Caller caller) => call switch
    {
        TrappedCall.Bind => _bind.Handle(caller),
        TrappedCall.Listen => _sockets.Listen(caller),
        TrappedCall.Shutdown => _sockets.Shutdown(caller),
        TrappedCall.Unlink => _paths.Unlink(caller),
        TrappedCall.Unlinkat => _paths.Unlinkat(caller),
        TrappedCall.Rename => _paths.Rename(caller),
        TrappedCall.Renameat => _paths.Renameat(caller),
        _ => _paths.Renameat2(caller),
    };
}

/// <summary>Counts what the broker does.</summary>
internal interface IBrokerMeter
{
    /// <summary>A trapped call was answered.</summary>
    void Trapped(TrappedCall call, AnswerKind answer);
}
