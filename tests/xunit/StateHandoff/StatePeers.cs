using System.Collections.Concurrent;
using System.Net.Sockets;
using Aeterna.Contract;
using Aeterna.Machine.Plans;
using Aeterna.StateHandoff;
using Aeterna.Tests.Support;

namespace Aeterna.Tests.StateHandoff;

/// <summary>The coordinator with an old process and a new one that are plain sockets of the test: generations 1 and 2, in the order in which they connect.</summary>
internal sealed class StatePeers : IAsyncDisposable
{
    private readonly string _folder = Temp.Folder();
    private readonly KeptLog<StateCoordinator> _log = new();
    private readonly StateHandoffPlan _plan;
    private int _connections;

    private StatePeers(StateHandoffPlan plan)
    {
        _plan = plan;
        State = new StateCoordinator(Path, _ => Interlocked.Increment(ref _connections), null, null, Time, _log)
        {
            Progressed = (progress, generation) => Told.Enqueue((progress, generation)),
        };
    }

    /// <summary>How long a handoff may take.</summary>
    public static TimeSpan Timeout { get; } = TimeSpan.FromMinutes(1);

    public ManualTime Time { get; } = new();

    public ConcurrentQueue<(HandoverProgress Progress, int Generation)> Told { get; } = new();

    public StateCoordinator State { get; }

    public Socket Old { get; private set; } = null!;

    public Socket New { get; private set; } = null!;

    private string Path => System.IO.Path.Combine(_folder, "s");

    /// <summary>Connects a provider and a receiver; null: one that says nothing of itself.</summary>
    public static async Task<StatePeers> Connect(string? receiver = """{"role":"receiver"}""", long maxBytes = long.MaxValue)
    {
        var peers = new StatePeers(new StateHandoffPlan { Enabled = true, Timeout = Timeout, MaxBytes = maxBytes });
        peers.State.Prepare(new Plan
        {
            SourcePath = "",
            SourceSha256 = "",
            Service = new ServicePlan { Name = "test", Command = ["x"] },
            Orchestration = new OrchestrationPlan { StateHandoff = peers._plan },
        });
        peers.State.Serves(1);
        peers.Old = peers.Open("""{"role":"provider"}""");
        await Waiting.Until(() => peers._log.Lines.Any(l => l.Line.Contains("gives its state", StringComparison.Ordinal)));
        peers.New = peers.Open(receiver);
        var waits = peers.State.ReceiverWaits(2, CancellationToken.None);
        while (receiver is null && !waits.IsCompleted)
        {
            // Its silence says what it is here for.
            peers.Time.Advance(Introduction.Grace);
            await Task.WhenAny(waits, Task.Delay(1));
        }

        await waits.Bounded();
        return peers;
    }

    /// <summary>Hands the state over.</summary>
    public Task<HandoverReport> Snapshot() => Task.Run(() => State.Snapshot(
        new HandoffOrder(1, Environment.ProcessId, 2, _plan, Path, _ => { }, (_, _, _, _, _) => Task.FromResult<string?>(null)), CancellationToken.None));

    /// <summary>The new process's part: reads until the Finished frame or the end, and acknowledges.</summary>
    public Task<byte[]> Take(int piece = 1 << 20) => Task.Run(() =>
    {
        using var all = new MemoryStream();
        var buffer = new byte[piece];
        for (int got; (got = New.Receive(buffer)) > 0;)
        {
            all.Write(buffer, 0, got);
            if (all.Length >= 12 && all.GetBuffer().AsSpan((int)all.Length - 12, 12).SequenceEqual(Finished))
            {
                New.Send(Finished);
                break;
            }
        }

        return all.ToArray();
    });

    /// <summary>The old process's part: waits for the request, then sends.</summary>
    public Task Give(params byte[][] pieces) => Task.Run(() =>
    {
        AwaitRequest();
        foreach (var piece in pieces)
        {
            Send(piece);
        }
    });

    public void AwaitRequest()
    {
        var request = FrameHeader.Frame(FrameType.Request, """{"phase":"snapshot"}"""u8);
        for (var have = 0; have < request.Length;)
        {
            have += Old.Receive(new byte[request.Length - have]);
        }
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[Old.Send(bytes)..];
        }
    }

    public static byte[] Finished { get; } = FrameHeader.Frame(FrameType.Finished, []);

    public ValueTask DisposeAsync()
    {
        Old.Dispose();
        New.Dispose();
        State.Dispose();
        Directory.Delete(_folder, true);
        return ValueTask.CompletedTask;
    }

    private Socket Open(string? hello)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Path));
        if (hello is not null)
        {
            socket.Send(FrameHeader.Frame(FrameType.Hello, System.Text.Encoding.UTF8.GetBytes(hello)));
        }

        return socket;
    }
}
