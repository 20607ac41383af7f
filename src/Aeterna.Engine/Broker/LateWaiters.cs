using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>
/// Threads that waited in poll(2) or select(2) for a socket in whose place another one was put meanwhile. The kernel looks at the descriptor
/// anew each time such a thread wakes, but wakes it for the file that was there when it began (fs/select.c, do_poll): one that was woken and
/// came to run after the exchange sleeps on, whatever comes to the new socket. So it is woken again and again until it has left the call;
/// each time it sees what has come by then.
/// </summary>
internal static class LateWaiters
{
    // The longest that something may wait for such a thread.
    private static readonly TimeSpan _again = TimeSpan.FromMilliseconds(50);

    /// <summary>Which threads of a process wait in such a call now.</summary>
    public static HashSet<int> Of(int process) => [.. ProcThreads.Of(process).Where(thread => WaitCalls.Native.IsPoll(thread.Call)).Select(thread => thread.Thread)];

    /// <summary>Wakes these threads as long as they wait for the old socket.</summary>
    /// <param name="process">Whose they are.</param>
    /// <param name="threads">The threads.</param>
    /// <param name="old">The socket that was there; owned from here on.</param>
    public static async Task WakeOn(int process, HashSet<int> threads, FileDescriptor old)
    {
        using (old)
        {
            while (threads.Count > 0)
            {
                var before = Look(process, threads);
                Wake(old);
                await Task.Delay(_again).ConfigureAwait(false);
                var after = Look(process, threads);
                threads.RemoveWhere(thread => !after.TryGetValue(thread, out var now) || HasLeft(before.GetValueOrDefault(thread), now));
            }
        }
    }

    /// <summary>Wakes all that wait for a datagram socket. Not connected, that is all it does; the error (ENOTCONN) says so.</summary>
    public static void Wake(FileDescriptor socket) => _ = LibC.shutdown(socket.Number, Libc.SHUT_RDWR);

    // It sleeps, in another call or without having been woken: so it does not wait for the old one any more.
    private static bool HasLeft(ThreadActivity before, ThreadActivity now) =>
        now.State == 'S' && (!WaitCalls.Native.IsPoll(now.Call) || now.Progress == before.Progress);

    private static Dictionary<int, ThreadActivity> Look(int process, HashSet<int> threads) =>
        ProcThreads.Of(process).Where(thread => threads.Contains(thread.Thread)).ToDictionary(thread => thread.Thread);
}
