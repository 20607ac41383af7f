using Aeterna.Linux;

using Microsoft.Extensions.Logging;

namespace Aeterna.Broker;

/// <summary>
/// Puts a socket in the place of the one that a program is about to bind, wherever the program has that by now: under every number, and in
/// its epoll sets. For one bind(2), on the broker's thread; <see cref="Finish"/> is called when no lock is held any more.
/// </summary>
/// <param name="caller">The caller.</param>
/// <param name="own">Our duplicate of its own socket; stays the broker's.</param>
/// <param name="number">The descriptor that it binds.</param>
/// <param name="isHeld">Whether a socket, by inode, is one of those held: its own one is, where a private one is given in its place.</param>
/// <param name="log">The log.</param>
internal sealed class SocketExchange(Caller caller, FileDescriptor own, int number, Func<ulong, bool> isHeld, ILogger log) : IDisposable
{
    private FileDescriptor? _given;
    private SocketTraces? _found;
    private bool _isUsed;

    /// <summary>The descriptor that it binds.</summary>
    public int Number => number;

    /// <summary>Inode of its own socket.</summary>
    public ulong Inode { get; } =
        ProcFs.SocketInode(Environment.ProcessId, own.Number) ?? throw new LinuxException("readlink(/proc/self/fd)", Errno.EBADF);

    /// <summary>For a socket that the caller has bound already, under whatever numbers it has it; null when it has it no more.</summary>
    public static SocketExchange? For(Caller caller, FileDescriptor own, Func<ulong, bool> isHeld, ILogger log)
    {
        var inode = ProcFs.SocketInode(Environment.ProcessId, own.Number);
        var numbers = inode is { } known ? SocketTraces.Of(caller.Process, known).Numbers : [];
        return numbers.Count == 0 ? null : new SocketExchange(caller, own, numbers[0], isHeld, log);
    }

    /// <summary>Looked for before the table's lock is taken: a process with many descriptors must not hold up others by it.</summary>
    private SocketTraces Traces => _found ??= SocketTraces.Of(caller.Process, Inode);

    /// <summary>Looks where the caller has its socket.</summary>
    public void Look() => _ = Traces;

    /// <summary>
    /// Puts the caller's own socket in the place of another one that it has: of two of its sockets on one address only the newer one gets anything,
    /// and that is to be the one that is given. The epoll sets are left as they are: the older one had to be bound before it was of use in them.
    /// </summary>
    public void Displace(ulong inode)
    {
        _isUsed = true;
        foreach (var older in SocketTraces.Of(caller.Process, inode).Numbers)
        {
            caller.Give(own.Number, older);
        }
    }

    /// <summary>Gives our socket; false when the caller is gone.</summary>
    public bool Give(int ours)
    {
        var waiting = WakeWaiting();
        if (!caller.Give(ours, number))
        {
            waiting?.Dispose();
            return false;
        }

        foreach (var other in Traces.Numbers.Where(n => n != number))
        {
            caller.Give(ours, other);
        }

        _ = waiting?.WakeOn();
        _given?.Dispose();
        _given = FileDescriptor.Duplicate(ours);
        return true;
    }

    /// <summary>Registers what was given in the caller's epoll sets as its own socket was; 0 or an errno: it would wait for ever.</summary>
    public int Finish() => _given is null || Traces.Registrations.Count == 0 ? 0 : Register(_given);

    /// <summary>
    /// A thread that waits in poll(2) for datagrams of its own socket has to come back and look anew: it would wait on for that one. Not bound, it can
    /// have got none. A stream that is not bound makes nobody wait.
    /// </summary>
    private LateWaiters? WakeWaiting() =>
        _isUsed || Traces.Registrations.Count > 0 || Libc.GetOption(own.Number, Libc.SOL_SOCKET, Libc.SO_TYPE) != Libc.SOCK_DGRAM || isHeld(Inode)
            ? null
            : LateWaiters.Wake(caller.Process, caller.Tid, own);

    private int Register(FileDescriptor given)
    {
        Dictionary<int, FileDescriptor> sets = [];
        try
        {
            foreach (var set in Traces.Registrations.Select(r => r.Set).Distinct())
            {
                if (caller.Duplicate(set) is { } duplicate)
                {
                    sets.Add(set, duplicate);
                }
            }

            var error = EpollMove.Replace(
                own.Number, given.Number, [.. Traces.Registrations.Where(r => sets.ContainsKey(r.Set)).Select(r => (sets[r.Set].Number, r.Registration))]);
            if (error != 0)
            {
                BrokerLog.NotRegistered(log, caller.Process, Errno.Text(error).ToLowerInvariant());
            }

            return error;
        }
        finally
        {
            foreach (var set in sets.Values)
            {
                set.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _given?.Dispose();
}
