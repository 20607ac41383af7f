using Aeterna.Linux;
using Aeterna.Listeners;

namespace Aeterna.Broker;

/// <summary>
/// accept(2) and accept4(2) on the private socket of a relayed listener: the program gets its end of the relay's connection, and the
/// client's address as if the client had connected to it. Used by the broker's thread only.
/// </summary>
/// <param name="listeners">The held sockets.</param>
/// <param name="legs">Where connections are noted that were given.</param>
/// <param name="wake">Wakes the broker's thread; then <see cref="AnswerParked"/> is called.</param>
internal sealed class AcceptTrap(ListenerTable listeners, LegTable legs, Action wake) : IDisposable
{
    private readonly List<(Caller Caller, IRelaySide Side, bool Accept4)> _parked = [];
    private readonly HashSet<IRelaySide> _sides = [];

    public Answer Handle(Caller caller, bool accept4)
    {
        var inode = ProcFs.SocketInode(caller.Process, caller.IntArgument(0));
        caller.ThrowIfGone();
        if (inode is null || listeners.FindSide(inode.Value) is not { } side)
        {
            return Answer.Untouched;
        }

        if (Give(caller, side, accept4) is { } answer)
        {
            return answer;
        }

        if ((Errno.ThrowIfFailed(Libc.fcntl(side.Listener.Number, Libc.F_GETFL, 0), "fcntl(F_GETFL)") & Libc.O_NONBLOCK) != 0)
        {
            return Answer.Of(Errno.EAGAIN);
        }

        _parked.Add((caller, side, accept4));
        if (_sides.Add(side))
        {
            side.Arrived += wake;
            wake(); // One may have arrived before this listened.
        }

        return Answer.Parked;
    }

    /// <summary>Gives what has arrived to those who wait for it.</summary>
    /// <param name="interrupt">Those who go on waiting get EINTR: a signal for their process is to come, and they would not see it.</param>
    public void AnswerParked(bool interrupt)
    {
        foreach (var waiting in _parked.ToList())
        {
            Answer? answer;
            try
            {
                waiting.Caller.ThrowIfGone();
                answer = Give(waiting.Caller, waiting.Side, waiting.Accept4) ?? (interrupt ? Answer.Of(Errno.EINTR) : null);
            }
            catch (CallerGoneException)
            {
                _parked.Remove(waiting);
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
            }
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
                Errno.ThrowIfFailed(Libc.fcntl(leg.End.Number, Libc.F_SETFL, Libc.O_NONBLOCK), "fcntl(F_SETFL)");
            }

            given = caller.AnswerWith(leg.End.Number, number, (flags & Libc.SOCK_CLOEXEC) != 0);
            return given ? Answer.Given : throw new CallerGoneException();
        }
        catch (LinuxException e) when (e.Number is Errno.EBADF or Errno.EMFILE)
        {
            return Answer.Of(Errno.EMFILE); // Its limit was lowered.
        }
        finally
        {
            if (given)
            {
                legs.Add(caller.Process, number, leg);
            }
            else
            {
                legs.Free(caller.Process, number);
                leg.Return();
            }
        }
    }
}
