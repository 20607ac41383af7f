using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Listeners.Traffic;

namespace Aeterna.Broker;

/// <summary>
/// accept(2) and accept4(2) on the private socket of a relayed listener: the program gets its end of the relay's connection, and the
/// client's address as if the client had connected to it. For any thread; one connection is given at a time, as the relay has it.
/// </summary>
/// <param name="listeners">The held sockets.</param>
/// <param name="legs">Where connections are noted that were given.</param>
/// <param name="wake">Has <see cref="AnswerParked"/> called soon.</param>
/// <param name="received">Told of each call that has waited and does not any more, and of what one is to get.</param>
/// <param name="isKept">Another engine may go on in the midst of an answer.</param>
internal sealed class AcceptTrap(ListenerTable listeners, LegTable legs, Action wake, ReceivedCalls received, bool isKept) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Waiting> _parked = [];
    private readonly HashSet<IRelaySide> _sides = [];
    private int _nextLook;

    /// <summary>Whether calls wait for clients.</summary>
    public bool HasParked
    {
        get
        {
            lock (_gate)
            {
                return _parked.Count > 0;
            }
        }
    }

    public Answer Handle(Caller caller, bool accept4)
    {
        if (caller.SocketInode(caller.IntArgument(0)) is not { } inode || listeners.FindSide(inode) is not { } side)
        {
            return Answer.Untouched;
        }

        lock (_gate)
        {
            if (Give(caller, side, accept4) is { } answer)
            {
                return answer;
            }

            if ((Errno.ThrowIfFailed(LibC.fcntl(side.Listener.Number, Libc.F_GETFL, 0), "fcntl(F_GETFL)") & Libc.O_NONBLOCK) != 0)
            {
                return Answer.Of(Errno.EAGAIN);
            }

            _parked.Add(new Waiting(caller, side, accept4));
            if (_sides.Add(side))
            {
                side.Arrived += wake;
            }
        }

        wake(); // One may have arrived before this listened; and from now on somebody has to look after the signals of the caller.
        return Answer.Parked;
    }

    /// <summary>Gives what has arrived to those who wait for it.</summary>
    /// <param name="interrupt">Those who go on waiting get EINTR: a signal for their process is to come, and they would not see it.</param>
    public void AnswerParked(bool interrupt) =>
        AnswerSome(_ => true, waiting => Give(waiting.Caller, waiting.Side, waiting.Accept4) ?? (interrupt ? Answer.Of(Errno.EINTR) : null));

    /// <summary>Lets those go who have been sent a signal by others: a call that has been received is not interrupted by the kernel any more.
    /// Looks at some of them at a time.</summary>
    public void AnswerSignalled()
    {
        const int atOnce = 16;
        var first = _nextLook;
        _nextLook = AnswerSome(index => index >= first && index < first + atOnce, waiting => waiting.Caller.AnswerForSignal()) > first + atOnce ? first + atOnce : 0;
    }

    /// <summary>The calls that wait for clients.</summary>
    public IReadOnlyList<SeccompNotif> Parked()
    {
        lock (_gate)
        {
            return _parked.ConvertAll(waiting => waiting.Caller.Notification);
        }
    }

    /// <summary>Stops listening for arrivals.</summary>
    public void Dispose()
    {
        foreach (var side in _sides)
        {
            side.Arrived -= wake;
        }
    }

    /// <summary>Answers those who can be answered. Returns how many there were.</summary>
    private int AnswerSome(Func<int, bool> which, Func<Waiting, Answer?> find)
    {
        lock (_gate)
        {
            var all = _parked.ToList();
            foreach (var waiting in all.Where((_, index) => which(index)))
            {
                Answer? answer;
                try
                {
                    waiting.Caller.ThrowIfGone();
                    answer = find(waiting);
                }
                catch (CallerGoneException)
                {
                    _parked.Remove(waiting);
                    received.Answered(waiting.Caller.Notification.Id);
                    continue;
                }
                catch (LinuxException)
                {
                    // No descriptor is left, or its process ends at this moment: one call fails by it, and not the broker.
                    answer = Answer.Of(Errno.EMFILE);
                }

                if (answer is { } known)
                {
                    _parked.Remove(waiting);
                    if (known.Kind != AnswerKind.Given)
                    {
                        waiting.Caller.AnswerNow(known);
                    }

                    received.Answered(waiting.Caller.Notification.Id);
                }
            }

            return all.Count;
        }
    }

    private bool GiveTo(Caller caller, int ours, int theirs, bool closeOnExec)
    {
        if (!isKept)
        {
            return caller.AnswerWith(ours, theirs, closeOnExec);
        }

        received.WillGive(caller.Notification.Id, theirs, FileStatus.InodeOf(ours));
        return caller.AnswerInSteps(ours, theirs, closeOnExec);
    }

    /// <summary>Gives the next connection; null when none waits.</summary>
    private Answer? Give(Caller caller, IRelaySide side, bool accept4)
    {
        if (legs.Reserve(caller.Process) is not { } number)
        {
            return Answer.Of(Errno.EMFILE); // As the kernel: the connection goes on waiting.
        }

        if (side.TryAccept() is not { } leg)
        {
            legs.Free(caller.Process, number);
            return null;
        }

        var given = false;
        try
        {
            var flags = accept4 ? caller.IntArgument(3) : 0;
            var error = caller.Argument(1) == 0 ? 0 : caller.WriteAddress(caller.Argument(1), caller.Argument(2), leg.PeerAddress);
            if (error != 0)
            {
                return Answer.Of(error);
            }

            if ((flags & Libc.SOCK_NONBLOCK) != 0)
            {
                Errno.ThrowIfFailed(LibC.fcntl(leg.End.Number, Libc.F_SETFL, Libc.O_NONBLOCK), "fcntl(F_SETFL)");
            }

            given = legs.Give(caller.Process, number, leg, () => GiveTo(caller, leg.End.Number, number, (flags & Libc.SOCK_CLOEXEC) != 0));
            if (!given)
            {
                throw new CallerGoneException();
            }

            leg.WasGiven();
            return Answer.Given;
        }
        catch (LinuxException e) when (e.Number is Errno.EBADF or Errno.EMFILE)
        {
            return Answer.Of(Errno.EMFILE); // Its limit was lowered.
        }
        finally
        {
            if (!given)
            {
                legs.Free(caller.Process, number);
                leg.Return();
            }
        }
    }

    private sealed record Waiting(Caller Caller, IRelaySide Side, bool Accept4);
}
