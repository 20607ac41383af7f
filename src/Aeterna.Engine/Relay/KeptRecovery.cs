using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Relay.Frames;
using Aeterna.Relay.Kept;
using Aeterna.Relay.Sessions;
using Aeterna.Relay.Sides;

namespace Aeterna.Relay;

/// <summary>
/// The relayed connections of an engine that has died, as an engine that hands over would have written them down. What was written of each after its last step counts; what a relay
/// thread was about to do at that moment is found out from the kernel: how much the client's socket has given away, and what ends the generation's.
/// </summary>
internal sealed partial class KeptRecovery : IDisposable
{
    private readonly KeptSessions _sessions;
    private readonly KeptBlocks? _blocks;
    private readonly LedgerBytes _bytes;
    private readonly int _active;
    private readonly bool _makesAgain;
    private readonly IReadOnlyDictionary<ulong, (int Process, int Number)> _given;
    private readonly Dictionary<int, KeptSessions.Intent> _receives = [];
    private readonly Dictionary<int, KeptSessions.Intent> _gives = [];
    private readonly Dictionary<int, KeptSessions.Intent> _answers = [];
    private readonly HashSet<int> _unneeded = [];
    private readonly SegmentPool _pool = new(_ => { });

    /// <param name="kept">What the dead engine has left.</param>
    /// <param name="bytes">Gets what the connections hold.</param>
    /// <param name="active">The generation that goes on.</param>
    /// <param name="makesAgain">What is doubtful is made again; else it is left.</param>
    /// <param name="given">What its processes have, and under which number, by inode.</param>
    /// <exception cref="LinuxException">ENOMEM.</exception>
    public unsafe KeptRecovery(KeptState kept, LedgerBytes bytes, int active, bool makesAgain, IReadOnlyDictionary<ulong, (int Process, int Number)> given)
    {
        (_bytes, _active, _makesAgain, _given) = (bytes, active, makesAgain, given);
        _sessions = new KeptSessions(kept.Sessions);
        _blocks = kept.Blocks is { } blocks ? new KeptBlocks(blocks, kept.Most) : null;
        LetGo(kept.Sessions, kept.Blocks ?? 0);
        for (var thread = 0; thread < KeptSessions.Threads; thread++)
        {
            var intent = *_sessions.IntentOf(thread);
            _ = intent.Receives > 0 && _receives.TryAdd(intent.Receives - 1, intent);
            _ = intent.Gives > 0 && _gives.TryAdd(intent.Gives - 1, intent);
            _ = intent.Answers > 0 && _answers.TryAdd(intent.Answers - 1, intent);
        }
    }

    /// <summary>Connections that go on.</summary>
    public int Count { get; private set; }

    /// <summary>Those that end, since what became of something on them is not known.</summary>
    public int Ended { get; private set; }

    /// <summary>Writes of which nobody knows whether they were made.</summary>
    public int Doubtful { get; private set; }

    /// <summary>
    /// Descriptors that nobody needs any more. Not closed before what was made of all this is written down: should this engine die too, the next one looks at them again.
    /// </summary>
    public IReadOnlyCollection<int> Unneeded => _unneeded;

    /// <summary>What the processes have, for their broker.</summary>
    public List<GivenLeg> Given { get; } = [];

    /// <summary>A connection that a process has under a number; it is named by the engine's end.</summary>
    internal sealed record GivenLeg(int Process, int Number, int OwnEnd);

    /// <summary>A relay with the connections that came by its socket.</summary>
    /// <param name="relay">What the ledger says of it.</param>
    /// <param name="listener">The held socket.</param>
    public unsafe StreamRelayState Recover(StreamRelayState relay, int listener)
    {
        List<SessionState> sessions = [];
        var rules = FrameRules.Of(relay.Framing.Framing());
        for (var place = 0; place < *_sessions.Highest; place++)
        {
            var own = _sessions.Of(place);
            if ((own[0] | own[1] | own[2]) == 0 || _sessions.At(place)->Listener != listener)
            {
                continue;
            }

            SessionState? session = null;
            try
            {
                session = Recover(place, rules, relay);
            }
            catch (Exception e) when (e is LedgerException or ArgumentException or LinuxException)
            {
                LetGo(own[0], own[1], own[2]);
                Ended++;
            }

            if (session is not null)
            {
                sessions.Add(session);
                Count++;
            }
        }

        return relay with { Shards = [new ShardState(InputCounts.None, sessions)] };
    }

    /// <summary>Lets the connections go that came by a socket which is not held any more.</summary>
    /// <param name="listeners">The held sockets.</param>
    public unsafe void Sort(IReadOnlyCollection<int> listeners)
    {
        for (var place = 0; place < *_sessions.Highest; place++)
        {
            var own = _sessions.Of(place);
            if (!listeners.Contains(_sessions.At(place)->Listener))
            {
                LetGo(own[0], own[1], own[2]);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pool.Scratch.LetGo();
        _sessions.Dispose();
        _blocks?.Dispose();
    }

    /// <summary>What was written last of the stream that has a place.</summary>
    /// <exception cref="LedgerException">Its bytes are not all there.</exception>
    internal unsafe StreamState StreamAt(int place)
    {
        var kept = *_sessions.At(place);
        return StateOf(kept.Valid == 0 ? kept.First : kept.Second);
    }

    private unsafe SessionState? Recover(int place, FrameRules rules, StreamRelayState relay)
    {
        var (own, kept) = ((nint)_sessions.Of(place), *_sessions.At(place));
        var (client, end, leftEnd) = (((int*)own)[0], ((int*)own)[1], ((int*)own)[2]);
        var last = kept.Valid == 0 ? kept.First : kept.Second;
        var answers = client > 0 ? Answers(place, client, end, last) : [];
        var stream = last.IsWritten == 0 ? new FrameStream(rules, _pool) : FrameStream.From(rules, _pool, StateOf(last), _bytes);
        Receive(place, client, stream);
        var leg = Leg(place, kept, last, end, leftEnd, relay, stream);
        if (client <= 0 && leg is null && !stream.IsPending)
        {
            return null;
        }

        var hasEnded = last.HasEnded != 0 || client <= 0;
        if (hasEnded && last.IsFinished == 0)
        {
            stream.Finish(); // Its connection was being closed.
        }

        var isTold = leg?.IsTold == true;
        var state = new SessionState
        {
            Client = client > 0 ? client : null,
            IsStandIn = false,
            HasEnded = hasEnded,
            PeerAddress = client > 0 ? Libc.PeerName(client) : [],
            LocalAddress = client > 0 ? Libc.LocalName(client) : [],
            Ordinal = kept.Ordinal,
            Course = isTold ? Course.Finished : Course.Settled,
            Since = System.Diagnostics.Stopwatch.GetTimestamp(),
            IsFramed = stream.IsFramed,
            Received = stream.Received,
            Sent = stream.Sent,
            Released = stream.Released,
            Frames = stream.Frames,
            Legs = leg is null ? [] : [leg],
            Wanted = _active,
            IsForeign = last.IsForeign != 0,
            Stream = stream.State(_bytes),
            Answers = answers.Length > 0 ? _bytes.Put(answers) : null,
        };
        stream.Clear();
        stream.GiveBack();
        return state;
    }

    /// <summary>What it has of the generation; null: nothing, and what that has not read is to be given again.</summary>
    private LegState? Leg(int place, in KeptSessions.Place kept, in KeptStream last, int end, int leftEnd, StreamRelayState relay, FrameStream stream)
    {
        if (end <= 0)
        {
            return null;
        }

        var generation = kept.Generation;
        var goesOn = relay.Sides.Any(side => side.Generation == generation);
        var (hasIt, number) = leftEnd > 0 && _given.TryGetValue(FileStatus.InodeOf(leftEnd), out var owner) ? (true, owner) : (false, default);
        if (kept.IsAccepted == 0 || (leftEnd > 0 && !hasIt && kept.IsGiven == 0) || !goesOn)
        {
            // Nobody has it, or who has it is no more.
            var wasGiven = kept.IsAccepted != 0 && kept.IsGiven != 0;
            if (wasGiven && !stream.IsFramed)
            {
                throw new LedgerException("it cannot be taken back");
            }

            if (wasGiven)
            {
                Give(place, leftEnd, last.From, stream);
            }

            if (stream.IsFramed)
            {
                stream.TakeBack(!wasGiven ? stream.Sent - last.From : leftEnd > 0 ? Math.Min(Libc.Unread(leftEnd), stream.Sent - last.From) : 0);
            }

            LetGo(end, leftEnd);
            return null;
        }

        Give(place, leftEnd, last.From, stream);
        var isClosed = leftEnd > 0 && !hasIt;
        if (isClosed)
        {
            LetGo(leftEnd); // The process has closed it, and the engine died before it did.
        }
        else if (hasIt)
        {
            Given.Add(new GivenLeg(number.Process, number.Number, end));
        }

        return new LegState(generation, end, isClosed || leftEnd <= 0 ? null : leftEnd, last.From, IsConnected: true, IsAccepted: true, IsCurrent: true, IsTold: last.IsTold != 0) { IsClosing = isClosed };
    }

    private void LetGo(params ReadOnlySpan<int> descriptors)
    {
        foreach (var fd in descriptors)
        {
            _ = fd > 0 && _unneeded.Add(fd);
        }
    }
}
