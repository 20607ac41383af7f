using System.CommandLine;
using System.Net.Sockets;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.StateHandoff;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna srp</c>: the State Relay Protocol for shell scripts that run in a generation.</summary>
internal static class SrpVerb
{
    private const int BufferSize = 256 << 10;

    public static Command Build(CliContext context) =>
        new("srp", "Give state to the next process, or take it from the one before, in a shell script that the engine runs.")
        {
            Send(context),
            Receive(context),
        };

    private static Command Send(CliContext context)
    {
        var socket = SocketOption();
        var verb = new Command("send", "Send standard input as this process's state: the answer to state_handoff.signal.") { socket };
        verb.SetAction(async (parsed, cancel) =>
        {
            using var peer = await Connect(parsed.GetValue(socket), context, "send state", cancel).ConfigureAwait(false);
            await Talk("send state", async () =>
            {
                await SendInput(peer, cancel).ConfigureAwait(false);
                peer.ReadOn();
                await Answer(peer, cancel).ConfigureAwait(false);
            }).ConfigureAwait(false);
            return ExitCode.Done;
        });
        return verb;
    }

    private static Command Receive(CliContext context)
    {
        var socket = SocketOption();
        var verb = new Command("receive", "Wait for the state of the process before, and write it to standard output: nothing when there is none.") { socket };
        verb.SetAction(async (parsed, cancel) =>
        {
            using var peer = await Connect(parsed.GetValue(socket), context, "receive state", cancel).ConfigureAwait(false);
            await Talk("receive state", () => ReceiveAll(peer, cancel)).ConfigureAwait(false);
            return ExitCode.Done;
        });
        return verb;
    }

    private static Option<string?> SocketOption() =>
        new("--socket") { Description = "The state socket. Default: AETERNA_STATE_SOCK.", HelpName = "PATH" };

    private static async Task<Peer> Connect(string? path, CliContext context, string aim, CancellationToken cancel)
    {
        path ??= context.Environment("AETERNA_STATE_SOCK")
            ?? throw new CliException(ExitCode.Usage, $"cannot {aim}: AETERNA_STATE_SOCK is not set (run this in a process of the service, or use --socket)");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel).ConfigureAwait(false);

            // In a folder like /tmp anybody may listen, and would be given the state, or give one of his own.
            var own = Session.EffectiveUser();
            if (PeerCredentials.Of(socket) is not { } peer || (peer.Uid != 0 && peer.Uid != own))
            {
                socket.Dispose();
                throw new CliException(ExitCode.Failed, $"cannot {aim}: who listens on {path} is neither root nor uid {own}, so it is not the engine of this service");
            }

            return new Peer(socket, 0, 0, FrameLimits.For(long.MaxValue));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            socket.Dispose();
            throw new CliException(ExitCode.NotRunning, $"cannot {aim}: nobody listens on {path} (state_handoff.enabled must be true)", e);
        }
    }

    private static async Task SendInput(Peer peer, CancellationToken cancel)
    {
        var buffer = new byte[BufferSize];
        await using var input = Console.OpenStandardInput();
        for (int length; (length = await input.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
        {
            await peer.Send(FrameType.Chunk, buffer.AsSpan(0, length), cancel).ConfigureAwait(false);
        }

        await peer.Send(FrameType.Finished, [], cancel).ConfigureAwait(false);
    }

    private static async Task Answer(Peer peer, CancellationToken cancel)
    {
        var header = await peer.Next.WaitAsync(cancel).ConfigureAwait(false) ?? throw new SrpException("closed the connection without an Ack");
        var payload = await peer.WholePayload().ConfigureAwait(false);
        if (header.Type != FrameType.Finished)
        {
            throw new SrpException($"says: {PayloadJson.ReadError(payload).Message}");
        }
    }

    private static async Task ReceiveAll(Peer peer, CancellationToken cancel)
    {
        await peer.Send(FrameType.Hello, new HelloPayload { Role = HelloPayload.Receiver }, PayloadJson.Default.HelloPayload, cancel).ConfigureAwait(false);
        await using var output = Console.OpenStandardOutput();
        while (true)
        {
            peer.ReadOn();
            var header = await peer.Next.WaitAsync(cancel).ConfigureAwait(false) ?? throw new SrpException("closed the connection before the state was over");
            switch (header.Type)
            {
                case FrameType.Finished:
                    await output.FlushAsync(cancel).ConfigureAwait(false);
                    await peer.Send(FrameType.Finished, [], cancel).ConfigureAwait(false);
                    return;
                case FrameType.Memory:
                    await Write(peer, output, cancel).ConfigureAwait(false);
                    break;
                case var type when type.IsBulk():
                    while (await peer.Payload().ConfigureAwait(false) is { IsEmpty: false } piece)
                    {
                        await output.WriteAsync(piece, cancel).ConfigureAwait(false);
                    }

                    break;
                default:
                    throw new SrpException($"says: {PayloadJson.ReadError(await peer.WholePayload().ConfigureAwait(false)).Message}");
            }
        }
    }

    private static async Task Write(Peer peer, Stream output, CancellationToken cancel)
    {
        var said = await peer.Words(PayloadJson.Default.MemoryPayload).ConfigureAwait(false);
        using var memory = StateMemory.Check(peer.TakeDescriptor(), said, long.MaxValue, cancel);
        foreach (var window in memory.Windows())
        {
            using (window)
            {
                await output.WriteAsync(window.Memory, cancel).ConfigureAwait(false);
            }
        }
    }

    private static async Task Talk(string aim, Func<Task> talk)
    {
        try
        {
            await talk().ConfigureAwait(false);
        }
        catch (Exception e) when (e is SrpException or IOException)
        {
            throw new CliException(ExitCode.Failed, $"cannot {aim}: the engine {e.Message}", e);
        }
    }
}
