using Aeterna.Contract;
using Aeterna.Linux;

namespace Aeterna.Listeners;

/// <content>
/// Sockets that their program has closed while it goes on: source ports of a resolver, passive ports of a transfer. They are let go of within some
/// seconds, and there is a bound to how many one generation can have held, so that none can take the engine's descriptors or ports from others.
/// </content>
internal sealed partial class ListenerTable
{
    // A stream that was served for longer is the service's own: a program closes it as the first step of its end, and the next one gets it.
    private const long PassingMilliseconds = 60_000;

    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(2);

    private readonly Dictionary<int, int> _mainProcesses = [];
    private readonly HashSet<int> _toldTooMany = [];
    private Timer? _looks;

    /// <summary>How many sockets of one generation are held that the configuration does not name.</summary>
    public long MostCaptured { get; init; } = DescriptorShares.Captured(DescriptorShares.Limit);

    /// <summary>
    /// Looks once whether the held sockets are still open in a program, and closes those that were found closed twice. Called by a timer.
    /// Outside the lock one link is read for each socket, and all descriptors of all processes only when one is not where it was.
    /// </summary>
    public void ReleaseClosed()
    {
        var serving = Serving();
        List<(HeldSocket Held, SocketSeen? Seen)> asked;
        lock (_gate)
        {
            asked = [.. _byKey.Values.Where(h => IsInService(h, serving) && (h.MissedSince is null || IsPassing(h))).Select(h => (h, h.Seen))];
        }

        var lost = asked.Where(a => a.Seen?.Has(a.Held.Inode!.Value) != true).Select(a => a.Held).ToDictionary(h => h.Inode!.Value);
        var found = lost.Count == 0 ? [] : Find(lost.Keys.ToHashSet());
        List<string> released = [];
        lock (_gate)
        {
            foreach (var held in lost.Values.Where(h => _byKey.GetValueOrDefault(h.Key) == h && IsInService(h, serving)))
            {
                if (found.TryGetValue(held.Inode!.Value, out var seen))
                {
                    (held.Seen, held.MissedSince) = (seen, null);
                }
                else if (held.MissedSince is null)
                {
                    held.MissedSince = Environment.TickCount64;
                }
                else if (IsPassing(held))
                {
                    released.Add(held.Key.Address.ToString());
                    Remove(held);
                }
            }
        }

        CloseRemoved();
        if (released.Count > 0)
        {
            var what = released.Count == 1 ? $"{released[0]}: its program has closed it" : $"{released.Count} sockets that their program has closed";
            journal.Publish(new EventReport { Id = 0, Time = default, Type = EventType.Listener, Message = $"released {what}" });
        }
    }

    /// <summary>Generations that run and are not about to end: of the others all sockets are kept for the next one.</summary>
    private HashSet<int> Serving()
    {
        List<(int Generation, int Main)> running;
        lock (_gate)
        {
            running = [.. _mainProcesses.Where(m => !_retired.Contains(m.Key)).Select(m => (m.Key, m.Value))];
        }

        // Of a process that shows nothing (an engine without root, a program that has changed its user) nobody knows what it has open.
        return [.. running.Where(r => ProcFs.Runs(r.Main) && ProcFs.Descriptors(r.Main).Any()).Select(r => r.Generation)];
    }

    private static bool IsInService(HeldSocket held, HashSet<int> serving) =>
        held is { Input: null, Configured: false, Bound.Count: > 0, Inode: not null } && held.Bound.All(serving.Contains);

    private bool IsPassing(HeldSocket held) =>
        held.Backlog is null || held.MissedSince - held.HeldSince < PassingMilliseconds || _groups.ContainsKey(GroupKey(held));

    private Timer Looks() => _looks ??= new Timer(_ => LookAgain(), null, _interval, _interval);

    private void LookAgain()
    {
        try
        {
            lock (_gate)
            {
                DirectGroups();
            }

            ReleaseClosed();
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            ListenerLog.NotLooked(log, e.Message); // The next look may see more.
        }
    }

    private static Dictionary<ulong, SocketSeen> Find(HashSet<ulong> inodes)
    {
        Dictionary<ulong, SocketSeen> found = [];
        foreach (var process in ProcFs.Processes().Where(p => p != Environment.ProcessId))
        {
            foreach (var fd in ProcFs.Descriptors(process))
            {
                if (ProcFs.SocketInode(process, fd) is { } inode && inodes.Contains(inode))
                {
                    found[inode] = new SocketSeen(process, fd);
                }
            }
        }

        return found;
    }

    /// <summary>Whether one more socket can be held; if not, it is the program's own alone.</summary>
    private bool MayHoldMore(BindCall call)
    {
        Looks();
        if (PlanFor(call.Key.Address) is not null)
        {
            return true;
        }

        // A socket's number is at least that of the descriptors that are open.
        var captured = _byKey.Values.Count(h => !h.Configured && h.Bound.Contains(call.Generation));
        if (captured < MostCaptured && call.Socket.Number < DescriptorShares.Limit - Math.Min(DescriptorShares.Reserve, DescriptorShares.Limit / 2))
        {
            return true;
        }

        if (_toldTooMany.Add(call.Generation))
        {
            ListenerLog.TooMany(log, call.Key.Address, call.Generation, captured);
        }

        return false;
    }
}
