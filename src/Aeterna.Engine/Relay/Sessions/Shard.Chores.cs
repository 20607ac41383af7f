using Aeterna.Linux;
using Aeterna.Relay.Frames;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay.Sessions;

/// <content>Work that comes again and again: for those that hold memory, wait for a generation to read, or wait for descriptors.</content>
internal sealed partial class Shard : IChore
{
    private readonly List<RelaySession> _swept = [];
    private readonly List<RelaySession> _moving = [];
    private readonly List<RelaySession> _starved = [];
    private readonly HashSet<RelaySession> _awaitingMemory = [];
    private readonly List<RelaySide> _starvedSides = [];

    /// <summary>Has <see cref="RelaySession.Sweep"/> called.</summary>
    public void SweepLater(RelaySession session)
    {
        if (!session.IsSwept)
        {
            session.IsSwept = true;
            _swept.Add(session);
            Loop.SweepLater(this);
        }
    }

    /// <summary>Has <see cref="RelaySession.Move"/> called.</summary>
    public void WaitToMove(RelaySession session)
    {
        if (!session.IsMoving)
        {
            session.IsMoving = true;
            _moving.Add(session);
            Loop.TickSoon(this);
        }
    }

    /// <summary>A leg could not be opened for want of descriptors or memory: it is tried again.</summary>
    public void Starve(RelaySession session, LinuxException why)
    {
        Relay.Starved(why);
        if (!_starved.Contains(session))
        {
            _starved.Add(session);
        }

        Loop.SweepLater(this);
    }

    /// <summary>A session has no memory to receive into: it is tried again.</summary>
    public void AwaitMemory(RelaySession session)
    {
        _awaitingMemory.Add(session);
        Loop.SweepLater(this);
    }

    /// <summary>A generation could not be given a connection for want of descriptors: it is tried again.</summary>
    public void Starve(RelaySide side, LinuxException why)
    {
        Relay.Starved(why);
        if (!_starvedSides.Contains(side))
        {
            _starvedSides.Add(side);
        }

        Loop.SweepLater(this);
    }

    /// <inheritdoc/>
    public bool Tick()
    {
        for (var i = _moving.Count - 1; i >= 0; i--)
        {
            var session = _moving[i];
            var done = true;
            Guarded(session, s => done = s.Move());
            if (done)
            {
                session.IsMoving = false;
                _moving.RemoveAt(i);
            }
        }

        return _moving.Count > 0;
    }

    /// <inheritdoc/>
    public bool Sweep()
    {
        for (var i = _swept.Count - 1; i >= 0; i--)
        {
            var session = _swept[i];
            var more = false;
            Guarded(session, s => more = s.Sweep());
            if (!more)
            {
                session.IsSwept = false;
                _swept.RemoveAt(i);
            }
        }

        if (_starved.Count > 0)
        {
            var again = _starved.ToList();
            _starved.Clear();
            again.ForEach(s => Guarded(s, x => x.AttachAndPump()));
        }

        if (_awaitingMemory.Count > 0)
        {
            var again = _awaitingMemory.ToList();
            _awaitingMemory.Clear();
            again.ForEach(s => Guarded(s, x => x.AttachAndPump()));
        }

        var sides = _starvedSides.ToList();
        _starvedSides.Clear();
        sides.ForEach(side => side.TryAgain());
        return _swept.Count > 0 || _starved.Count > 0 || _awaitingMemory.Count > 0;
    }
}
