using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine.Plans;
using Aeterna.Relay.Datagrams;
using Aeterna.Relay.Kept;

using Aeterna.Relay.Loop;
using Aeterna.Relay.Tls;
using Microsoft.Extensions.Logging;

namespace Aeterna.Relay;

/// <summary>Makes the relays of the engine, which share their threads; none is started before the first relay.</summary>
/// <param name="log">The log.</param>
/// <param name="maxMemory">Bytes that all relayed connections together may hold; null: by the machine.</param>
/// <param name="sessions">Where connections are noted for an engine that goes on when this one dies; null: nobody does. Stays the caller's.</param>
internal sealed class RelayInputs(ILogger<RelayInputs> log, long? maxMemory = null, KeptSessions? sessions = null) : IInputMaker, IDisposable
{
    private readonly Lock _gate = new();
    private volatile Dictionary<ListenerAddress, TlsIdentity> _identities = [];
    private TlsFront? _front;
    private LoopGroup? _loops;
    private DescriptorBudget? _budget;

    /// <summary>Called for each move of a connection with the time that it was given nothing. On a loop's thread: it must not wait.</summary>
    public Action<TimeSpan>? Paused { get; init; }

    /// <summary>Called when clients of an address begin to wait since no more can be taken, with the reason, and with null when they no longer do. On a loop's thread: it must not wait.</summary>
    public Action<ListenerAddress, string?>? Crowded { get; init; }

    /// <summary>The processes of a generation.</summary>
    public Func<int, IReadOnlyList<int>> Members { get; init; } = _ => [];

    /// <summary>What outlives the engine; null: nothing does, or there is no relay yet.</summary>
    public KeptRelays? Kept { get; private set; }

    /// <inheritdoc/>
    public void Configure(IReadOnlyList<ListenerPlan> listeners) =>
        _identities = listeners.Where(l => l.Tls is not null).ToDictionary(l => l.Address, l => new TlsIdentity(l.Tls!));

    /// <inheritdoc/>
    public ITrafficInput Relay(ListenerAddress address, FileDescriptor held, int outside = 0)
    {
        if (address.Scheme == ListenerScheme.Unixgram)
        {
            return new DatagramRelay(address, held, log, outside);
        }

        return Streams(address, held, outside);
    }

    /// <inheritdoc/>
    public ITrafficInput Relay(ListenerAddress address, FileDescriptor held, InputState state, LedgerBytes bytes, Action<int, IRelayLeg> found)
    {
        switch (state)
        {
            case DatagramRelayState datagrams when address.Scheme == ListenerScheme.Unixgram:
                var relay = new DatagramRelay(address, held, log, isHeld: true);
                relay.Take(datagrams, bytes);
                return relay;
            case StreamRelayState streams when address.IsStream:
                var carried = Streams(address, held, 0);
                carried.Take(streams, bytes, found);
                return carried;
            default:
                throw new LedgerException($"{address} is relayed, and the ledger does not say how");
        }
    }

    /// <summary>
    /// Holds the relays' threads still until the answer (null: there are none) is disposed: no stream moves, and each stands between two events. Whoever asks a relay
    /// anything meanwhile waits for that too.
    /// </summary>
    /// <exception cref="LedgerException">They do not come to stand still.</exception>
    public IDisposable? HoldStill()
    {
        LoopGroup? loops;
        lock (_gate)
        {
            loops = _loops;
        }

        return loops is null ? null : loops.HoldStill() ?? throw new LedgerException("the relays' threads are busy");
    }

    private StreamRelay Streams(ListenerAddress address, FileDescriptor held, int outside)
    {
        lock (_gate)
        {
            var most = maxMemory ?? RelayMemory.OfMachine();
            Kept ??= sessions is null ? null : KeptRelays.Make(sessions, most);
            _loops ??= new LoopGroup(log, memory: most, kept: Kept);
            _budget ??= DescriptorBudget.FromLimit();
            var front = _front ??= new TlsFront(log);
            return new StreamRelay(address, held, null, _loops, _budget, log)
            {
                Paused = Paused,
                Crowded = Crowded,
                Members = Members,
                Outside = outside,
                EndsTls = () => _identities.ContainsKey(address),
                Tls = client => _identities.TryGetValue(address, out var identity) ? front.Take(client, identity) : null,
            };
        }
    }

    /// <summary>Ends the threads; after the relays have been disposed.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _front?.Dispose();
            _front = null;
            _loops?.Dispose();
            _loops = null;
            Kept?.Blocks.Dispose();
            Kept = null;
        }
    }
}
