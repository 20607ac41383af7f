using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Listeners.Outside;

namespace Aeterna.Orchestration.Switching;

/// <summary>
/// Sees to it that a daemon which the engine has not started has no client any more when it is told to end, and keeps account. It has the time to serve those that it
/// has; in the last moment no new ones come to it, and who tries to connect waits. Blocks its thread.
/// </summary>
internal sealed class OutsideDoor(IOutsideSockets sockets, TimeProvider time)
{
    /// <summary>A connection that is older than that is not one of those which end at once.</summary>
    private static readonly TimeSpan _lasting = TimeSpan.FromSeconds(1);

    /// <summary>Between two looks while connections are made.</summary>
    private static readonly TimeSpan _open = TimeSpan.FromMilliseconds(20);

    /// <summary>Between two looks while none is.</summary>
    private static readonly TimeSpan _shut = TimeSpan.FromMilliseconds(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, long> _seen = [];
    private int _closed;

    /// <summary>What became of its connections so far.</summary>
    public AdoptionReport Report
    {
        get
        {
            lock (_gate)
            {
                return new AdoptionReport { Kept = _seen.Count - _closed, Closed = _closed };
            }
        }
    }

    /// <summary>Waits until it has no connection, or the time is over, while it goes on as ever.</summary>
    public void AwaitNone(TimeSpan timeout, Func<bool> giveUp)
    {
        var began = time.GetTimestamp();
        while (Look().Count > 0 && time.GetElapsedTime(began) < timeout && !giveUp())
        {
            Pause.For(_open);
        }
    }

    /// <summary>
    /// Closes the way in as soon as it has no connection, or the time is over. The connections that it has then get nothing more. It is at the latest a second after the
    /// time that this returns; what it has read by then it may still have in hand.
    /// </summary>
    public void Close(TimeSpan timeout, Func<bool> giveUp)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var left = timeout - time.GetElapsedTime(began);
            AwaitNone(left, giveUp);
            sockets.Shut();
            if (AwaitBrief(giveUp) || time.GetElapsedTime(began) >= timeout || giveUp())
            {
                sockets.Dam();
                return;
            }

            sockets.Reopen();
        }
    }

    /// <summary>Whether it has accepted and read all that came to it before <see cref="Close"/>.</summary>
    public bool HasRead() => sockets.Waiting() == 0 && !sockets.HasUnread();

    /// <summary>The connections that it has now are about to be closed.</summary>
    public void Cut()
    {
        var left = Look().Count;
        lock (_gate)
        {
            _closed = left;
        }
    }

    /// <summary>Waits for connections that were made just before. False when one lasts that nobody has counted on.</summary>
    private bool AwaitBrief(Func<bool> giveUp)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var connections = Look();
            if (connections.Count == 0 && sockets.Waiting() == 0)
            {
                return true;
            }

            if (time.GetElapsedTime(began) >= _lasting || giveUp())
            {
                return false;
            }

            if (sockets.Waiting() == 0 && connections.All(Lasts))
            {
                return false;
            }

            Pause.For(_shut);
        }
    }

    private bool Lasts(ulong connection)
    {
        lock (_gate)
        {
            return time.GetElapsedTime(_seen[connection]) >= _lasting;
        }
    }

    /// <summary>Takes note of the connections that it has now.</summary>
    public IReadOnlySet<ulong> Look()
    {
        var connections = sockets.Connections();
        lock (_gate)
        {
            foreach (var connection in connections)
            {
                _seen.TryAdd(connection, time.GetTimestamp());
            }
        }

        return connections;
    }
}
