using System.Net;
using System.Net.Sockets;

using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine.Plans;
using Aeterna.Relay;
using Aeterna.Relay.Frames;
using Aeterna.Relay.Kept;
using Aeterna.Relay.Loop;
using Aeterna.Tests.Support;

namespace Aeterna.Tests.Relay;

/// <summary>A relay on a real socket of its own, with real clients; the test stands for the broker and for the programs.</summary>
internal sealed class RelayRig : IDisposable
{
    /// <summary>Of 256 KiB each; more than any test holds.</summary>
    private const int Blocks = 8192;

    private readonly KeptRelays _kept = new(new KeptSessions(), new KeptBlocks(Blocks));
    private readonly LoopGroup _loops;
    private readonly Socket _public;
    private readonly FileDescriptor _held;
    private readonly List<Generation> _generations = [];
    private bool _disposed;

    public RelayRig(
        string? framing = "syslog", IPAddress? address = null, int loops = 2, int most = 10_000, ListenerAddress? unix = null, bool v4Mapped = false,
        long memory = long.MaxValue)
    {
        _loops = new LoopGroup(Log, loops, memory, _kept);
        var ip = address ?? IPAddress.Loopback;
        EndPoint point = unix is null ? new IPEndPoint(ip, 0) : new UnixDomainSocketEndPoint(unix.Path!.Replace('@', '\0'));
        _public = new Socket(point.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        if (v4Mapped)
        {
            _public.DualMode = true;
        }

        _public.Bind(point);
        EndPoint = _public.LocalEndPoint!;
        _held = Duplicate((int)_public.Handle);
        Address = unix ?? new ListenerAddress(ListenerScheme.Tcp, (IPEndPoint)EndPoint, null);
        Relay = new StreamRelay(Address, _held, framing is null ? null : Cutting(framing), _loops, new DescriptorBudget(most), Log) { Paused = Pauses.Add };
    }

    /// <summary>What a word of <c>service.listeners[].framing</c> means.</summary>
    public static StreamFraming Cutting(string word) => new() { Kind = FramingWords.All.Single(pair => pair.Word == word).Kind };

    public KeptLog<RelayRig> Log { get; } = new();

    public System.Collections.Concurrent.ConcurrentBag<TimeSpan> Pauses { get; } = [];

    public ListenerAddress Address { get; }

    public EndPoint EndPoint { get; }

    public StreamRelay Relay { get; }

    public InputCounts Counts => Relay.Counts();

    /// <summary>Segments in use.</summary>
    public int Rented => _loops.Run(i => _loops.Loops[i].Pool.Rented).Sum();

    /// <summary>Bytes of them.</summary>
    public long InUse => _loops.Run(i => _loops.Loops[i].Pool.InUse).Sum();

    /// <summary>Large segments that wait for use.</summary>
    public int Spare => _loops.Run(i => _loops.Loops[i].Pool.Spare).Sum();

    /// <summary>Starts a generation: it binds and listens.</summary>
    public Generation Start(int number, bool listens = true, bool blocking = false, StreamFraming? framing = null)
    {
        using var own = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = blocking };
        using var socket = Duplicate((int)own.Handle);
        FileDescriptor? given = null;
        var error = Relay.Join(new BindCall
        {
            Generation = number,
            Service = TestPlans.Service with { Profile = Profile.None with { StreamFraming = (_, _) => framing ?? StreamFraming.None } },
            Key = new SocketKey(Address, false, "", 0),
            Socket = socket,
            BindNow = () => throw new InvalidOperationException("it is held"),
            Give = fd =>
            {
                given = Duplicate(fd);
                return true;
            },
            WhichAreOpen = _ => [],
        });
        Xunit.Assert.Equal(0, error);
        if (listens)
        {
            // As the table does it: the held socket listens before the relay hears of it.
            _public.Listen(1000);
            Xunit.Assert.Equal(0, Relay.Listen(number, 5));
        }

        var generation = new Generation(number, Relay.Side(number)!, given!);
        _generations.Add(generation);
        return generation;
    }

    public Client Connect()
    {
        var socket = new Socket(EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(EndPoint);
        return new Client(socket);
    }

    public static Client Connect(IPEndPoint to)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(to);
        return new Client(socket);
    }

    public Task Until(Func<InputCounts, bool> holds, string what) => Temp.Until(() => holds(Counts), what);

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _generations.ForEach(g => g.Dispose());
        Relay.Dispose();
        _loops.Dispose();
        _kept.Blocks.Dispose();
        _kept.Sessions.Dispose();
        _held.Dispose();
        _public.Dispose();
    }

    /// <summary>What is written down of each connection for an engine that goes on after a death is what is so. False: one of them cannot be gone on with now.</summary>
    public unsafe bool CheckKept()
    {
        using var still = _loops.HoldStill() ?? throw new InvalidOperationException("the loops do not stand still");
        using var bytes = LedgerBytes.Create();
        using var written = LedgerBytes.Create();
        var memory = new KeptState(_kept.Sessions.Memory, _kept.Blocks.Memory, Blocks);
        using var recovery = new KeptRecovery(memory, written, 0, true, new Dictionary<ulong, (int, int)>());
        StreamRelayState state;
        try
        {
            state = (StreamRelayState)Relay.State(bytes);
        }
        catch (LedgerException)
        {
            return false;
        }

        foreach (var session in state.Shards.SelectMany(shard => shard.Sessions))
        {
            var place = Enumerable.Range(0, *_kept.Sessions.Highest).Single(p => _kept.Sessions.Of(p)[0] == session.Client);
            var (real, noted) = (session.Stream!, recovery.StreamAt(place));
            Xunit.Assert.Equal(Joined(real, bytes), Joined(noted, written));
            Xunit.Assert.Equivalent(real with { Segments = [] }, noted with { Segments = [] }, strict: true);
            var current = session.Legs.SingleOrDefault(leg => leg.IsCurrent);
            Xunit.Assert.Equal((current?.Fd ?? 0, current?.End ?? 0), (_kept.Sessions.Of(place)[1], _kept.Sessions.Of(place)[2]));
        }

        return true;

        static string Joined(StreamState stream, LedgerBytes from) =>
            string.Join('|', stream.Segments.Select(s => $"{s.Start}:{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(from.Get(s.Bytes)))}"));
    }

    public static FileDescriptor Duplicate(int fd) => new(Errno.ThrowIfFailed(LibC.fcntl(fd, Libc.F_DUPFD_CLOEXEC, 0), "fcntl"));
}
