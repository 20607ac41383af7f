using System.Net;
using System.Net.Sockets;

using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine.Plans;
using Aeterna.Relay;
using Aeterna.Relay.Loop;
using Aeterna.Tests.Support;

namespace Aeterna.Tests.Relay;

/// <summary>A relay on a real socket of its own, with real clients; the test stands for the broker and for the programs.</summary>
internal sealed class RelayRig : IDisposable
{
    private readonly LoopGroup _loops;
    private readonly Socket _public;
    private readonly FileDescriptor _held;
    private readonly List<Generation> _generations = [];
    private bool _disposed;

    public RelayRig(
        string? framing = "syslog", IPAddress? address = null, int loops = 2, int most = 10_000, ListenerAddress? unix = null, bool v4Mapped = false,
        long memory = long.MaxValue)
    {
        _loops = new LoopGroup(Log, loops, memory);
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
        _held.Dispose();
        _public.Dispose();
    }

    public static FileDescriptor Duplicate(int fd) => new(Errno.ThrowIfFailed(LibC.fcntl(fd, Libc.F_DUPFD_CLOEXEC, 0), "fcntl"));
}
