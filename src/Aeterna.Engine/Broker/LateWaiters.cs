using System.Globalization;

using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>
/// Threads that may wait in poll(2) or select(2) for a datagram socket in whose place another one is put. The kernel looks at the descriptor anew
/// each time such a thread wakes, but wakes it for the file that was there when it began (fs/select.c, do_poll): one that was woken and came to
/// run after the exchange sleeps on, whatever comes to the new socket. So each is woken again and again until it has left the call; each time
/// it sees what has come by then. Owns a duplicate of the old socket until then.
/// </summary>
internal sealed class LateWaiters : IDisposable
{
    // Twice this is the longest that something may wait for such a thread.
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(25);

    // More than it takes to look at the descriptors of a call again, in nanoseconds.
    private const long OwnWork = 2_000_000;

    private readonly int _process;
    private readonly HashSet<int> _threads;
    private readonly FileDescriptor _old;

    private LateWaiters(int process, HashSet<int> threads, FileDescriptor old) => (_process, _threads, _old) = (process, threads, old);

    /// <summary>Before the exchange: wakes all that wait for a socket. From now on nobody who begins to wait for it does wait.</summary>
    /// <param name="process">Whose socket it is.</param>
    /// <param name="binder">The thread that is to get the new socket; it waits for the engine.</param>
    /// <param name="socket">A duplicate of the socket, which is not connected: to shut it down does nothing else (ENOTCONN). Stays the caller's.</param>
    /// <returns>For <see cref="WakeOn"/> after the exchange; null when the process has no other thread.</returns>
    /// <exception cref="LinuxException">EMFILE; nothing was done.</exception>
    public static LateWaiters? Wake(int process, int binder, FileDescriptor socket)
    {
        // All of them: one that does something else now may begin to wait before the call below.
        var others = ProcFs.Threads(process).Where(thread => thread != binder).ToHashSet();
        var waiters = others.Count == 0 ? null
            : new LateWaiters(process, others, FileDescriptor.Duplicate(socket.Number));
        _ = LibC.shutdown(socket.Number, Libc.SHUT_RDWR);
        return waiters;
    }

    /// <summary>Wakes them as long as they wait for the old socket, and then lets go of it.</summary>
    public async Task WakeOn()
    {
        while (_threads.Count > 0)
        {
            var before = Look();
            _ = LibC.shutdown(_old.Number, Libc.SHUT_RDWR);
            await Task.Delay(_step).ConfigureAwait(false);
            var woken = Look();
            await Task.Delay(_step).ConfigureAwait(false);
            var after = Look();
            _threads.RemoveWhere(thread => !after.TryGetValue(thread, out var last) || !woken.TryGetValue(thread, out var then)
                || !before.TryGetValue(thread, out var first) || HasLeft(first, then, last));
        }

        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => _old.Dispose();

    // One that waits for the old socket runs each time that it is woken, for a moment, and at no other time.
    private static bool HasLeft(ThreadActivity before, ThreadActivity woken, ThreadActivity after) =>
        (woken.State == 'S' && (!WaitCalls.Native.IsPoll(woken.Call) || woken.Progress == before.Progress || after.Progress != woken.Progress))
        || Ran(after) - Ran(before) > OwnWork;

    /// <summary>The first number of schedstat: nanoseconds on a processor.</summary>
    private static long Ran(ThreadActivity thread) =>
        long.TryParse(thread.Progress.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ran) ? ran : 0;

    private Dictionary<int, ThreadActivity> Look() =>
        ProcThreads.Of(_process).Where(thread => _threads.Contains(thread.Thread)).ToDictionary(thread => thread.Thread);
}
