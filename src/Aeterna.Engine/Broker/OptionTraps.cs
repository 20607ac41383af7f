using Aeterna.Linux;
using Aeterna.Listeners;

namespace Aeterna.Broker;

/// <summary>
/// Options of which a held socket would show, or spoil, what other generations did: each program sees what a socket of its own would show. The
/// other options are not looked at here.
/// </summary>
internal sealed class OptionTraps(int generation, ListenerTable listeners)
{
    // A program that joins groups with sockets that it never binds must not make this grow.
    private const int MostSockets = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, List<MembershipCall>> _early = [];

    /// <summary>SO_ACCEPTCONN: whether a socket listens; HAProxy asks, and calls listen(2) only if it does not. Null: none of ours.</summary>
    public Answer? Getsockopt(Caller caller)
    {
        if (caller.IntArgument(1) != Libc.SOL_SOCKET || caller.IntArgument(2) != Libc.SO_ACCEPTCONN)
        {
            return null;
        }

        var inode = ProcFs.SocketInode(caller.Process, caller.IntArgument(0));
        caller.ThrowIfGone();
        if (inode is not { } known || !listeners.ListensUnasked(generation, known) || caller.Read(caller.Argument(4), sizeof(int)) is not { } room)
        {
            return Answer.Untouched;
        }

        var length = Math.Min(BitConverter.ToInt32(room), sizeof(int));
        return length < 0 ? Answer.Of(Errno.EINVAL)
            : caller.Write(caller.Argument(3), new byte[length]) && caller.Write(caller.Argument(4), BitConverter.GetBytes(length)) ? Answer.Done
            : Answer.Of(Errno.EFAULT);
    }

    /// <summary>Joining and leaving multicast groups. Null: another option.</summary>
    public Answer? Setsockopt(Caller caller)
    {
        var (level, name, size) = (caller.IntArgument(1), caller.IntArgument(2), caller.IntArgument(4));
        if (!MembershipOption.IsOne(level, name))
        {
            return null;
        }

        if (size <= 0 || caller.Read(caller.Argument(3), Math.Min(size, MembershipOption.Longest)) is not { } value)
        {
            return Answer.Untouched; // The kernel has the right error.
        }

        using var socket = caller.Duplicate(caller.IntArgument(0));
        caller.ThrowIfGone();
        if (socket is null || MembershipOption.Read(level, name, value) is not { } option
            || ProcFs.SocketInode(Environment.ProcessId, socket.Number) is not { } inode)
        {
            return Answer.Untouched;
        }

        var call = new MembershipCall(option, level, name, value);
        return Answer.Of(listeners.SetMembership(generation, inode, call) ?? SetEarly(socket, inode, call));
    }

    /// <summary>The groups that a socket joined before its bind(2).</summary>
    public IReadOnlyList<MembershipCall> Early(ulong inode)
    {
        lock (_gate)
        {
            return _early.TryGetValue(inode, out var calls) ? [.. calls] : [];
        }
    }

    /// <summary>Its bind(2) has succeeded.</summary>
    public void Forget(ulong inode)
    {
        lock (_gate)
        {
            _early.Remove(inode);
        }
    }

    private int SetEarly(FileDescriptor socket, ulong inode, MembershipCall call)
    {
        var error = call.Apply(socket.Number);
        if (error != 0)
        {
            return error;
        }

        lock (_gate)
        {
            if (!_early.TryGetValue(inode, out var calls))
            {
                if (_early.Count >= MostSockets)
                {
                    _early.Remove(_early.Keys.First());
                }

                _early[inode] = calls = [];
            }

            calls.RemoveAll(c => c.Key == call.Key);
            if (call.Option.Joins)
            {
                calls.Add(call);
            }
        }

        return 0;
    }
}
