using System.Globalization;

namespace Aeterna.StateHandoff;

/// <summary>Carries state once, from source to sink, piece by piece: never more than one piece of it is in the engine's memory.</summary>
/// <param name="peers">Has those that give and take.</param>
/// <param name="prospects">Is told whose push is awaited.</param>
/// <param name="farewell">Speaks to them when it fails.</param>
/// <param name="order">What is to be carried.</param>
/// <param name="phase">Which part of it.</param>
/// <param name="time">The clock.</param>
internal sealed class Transfer(PeerTable peers, Prospects prospects, PeerFarewell farewell, HandoffOrder order, string phase, TimeProvider time)
{
    private readonly List<Peer> _claimed = [];
    private long _bytes;

    /// <summary>What it is waiting for, for the record of one that ran out of time.</summary>
    public string Waiting { get; private set; } = "";

    /// <summary>Bytes of state carried so far. May be read from any thread.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The way that the state came: <c>provider</c>, <c>signal</c>, <c>export</c>.</summary>
    public string Way { get; private set; } = "";

    public Peer? Provider { get; private set; }

    public Peer? Receiver { get; private set; }

    /// <summary>Does it, once and for all: on a failure both sides are told and closed.</summary>
    /// <param name="receiver">Who takes it; null: who connects, or the import command.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="SrpException">It failed; the message is the reason.</exception>
    public async Task Run(Peer? receiver, CancellationToken cancel)
    {
        IStateSink? sink = null;
        IStateSource? source = null;
        try
        {
            sink = await OpenSink(receiver, cancel).ConfigureAwait(false);
            source = await OpenSource(cancel).ConfigureAwait(false);
            while (await NextOf(source, sink, cancel).ConfigureAwait(false) is { } header)
            {
                await Carry(source, sink, header, cancel).ConfigureAwait(false);
            }

            Waiting = "the new process to acknowledge the state";
            await sink.Finish(cancel).ConfigureAwait(false);
            await source.Thank(cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SrpException or OperationCanceledException && sink is { Acknowledged: true })
        {
            // The new process has all that it wants. The giver's connection has not been read to its end, and is of no more use.
            Provider = null;
        }
        catch (Exception e)
        {
            var why = new ErrorPayload("failed", e is SrpException ? e.Message : "the engine gave up");
            await Refuse(sink, source, why).ConfigureAwait(false);
            _claimed.ForEach(peers.Remove);
            throw;
        }
        finally
        {
            foreach (var end in new IAsyncDisposable?[] { source, sink })
            {
                if (end is not null)
                {
                    await end.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
    }

    private static async Task Refuse(IStateSink? sink, IStateSource? source, ErrorPayload why)
    {
        await (sink?.Refuse(why) ?? Task.CompletedTask).ConfigureAwait(false);
        await (source?.Refuse(why) ?? Task.CompletedTask).ConfigureAwait(false);
    }

    // Where the state may end, an Ack of the new process ends it; elsewhere the rest is still to be taken off the giver's connection.
    private static async Task<FrameHeader?> NextOf(IStateSource source, IStateSink sink, CancellationToken cancel)
    {
        var next = source.Next(cancel);
        while (!next.IsCompleted && !sink.Acknowledged
            && await Task.WhenAny(next, sink.Speaks).ConfigureAwait(false) != next)
        {
            await sink.Hear(cancel).ConfigureAwait(false);
        }

        return source.MayEnd && !next.IsCompleted && sink.Acknowledged ? null : await next.ConfigureAwait(false);
    }

    private async Task Carry(IStateSource source, IStateSink sink, FrameHeader header, CancellationToken cancel)
    {
        if (header.PayloadLength >= Express.Worthwhile && source is PeerSource from && sink is PeerSink to)
        {
            await new Express(from, to, count => Interlocked.Add(ref _bytes, count), cancel).Run(header).ConfigureAwait(false);
            return;
        }

        if (header.Type == FrameType.Memory)
        {
            using var memory = await source.Memory(cancel).ConfigureAwait(false);
            await sink.Memory(memory, cancel).ConfigureAwait(false);
            Interlocked.Add(ref _bytes, memory.Payload.Size);
            return;
        }

        await sink.Begin(header, cancel).ConfigureAwait(false);
        while (await source.Payload(cancel).ConfigureAwait(false) is { IsEmpty: false } piece)
        {
            await sink.Piece(piece, cancel).ConfigureAwait(false);
            Interlocked.Add(ref _bytes, piece.Length);
        }
    }

    private async Task<IStateSink> OpenSink(Peer? receiver, CancellationToken cancel)
    {
        if (receiver is null && order.Plan.Import is { } command)
        {
            return new ImportSink(StateCommand.Start(order.Run, command, reads: true), command[0]);
        }

        Waiting = $"the new process to connect to {order.Path}";
        Receiver = receiver ?? await peers.AwaitAndClaim(p => p.Takes(order.New), cancel).ConfigureAwait(false);
        _claimed.Add(Receiver);
        return new PeerSink(Receiver, farewell);
    }

    private async Task<IStateSource> OpenSource(CancellationToken cancel)
    {
        Waiting = "the old process's state";
        if (peers.Claim(p => p.IsProviderOf(order.Old)) is { } provider)
        {
            (Way, Provider) = ("provider", provider);
            _claimed.Add(provider);
            var source = new PeerSource(provider, order.Plan.MaxBytes, farewell, time);
            await source.Ask(phase, cancel).ConfigureAwait(false);
            return source;
        }

        if (order.Plan.Export is { } command)
        {
            Way = "export";
            return new ExportSource(StateCommand.Start(order.Run, command, reads: false), command[0], order.Plan.MaxBytes);
        }

        if (order.Plan.Signal is not { } signal)
        {
            throw new SrpException("the old process closed its connection before it was asked");
        }

        Way = "signal";
        return new PeerSource(await AwaitPush(signal, cancel).ConfigureAwait(false), order.Plan.MaxBytes, farewell, time);
    }

    private async Task<Peer> AwaitPush(int signal, CancellationToken cancel)
    {
        Waiting = string.Create(CultureInfo.InvariantCulture, $"the old process to push its state after signal {signal}");
        prospects.PushAwaited = order.Old;
        try
        {
            order.Signal(signal);
            var pusher = await peers.AwaitAndClaim(p => p.Role == PeerRole.Pusher && p.Generation == order.Old, cancel).ConfigureAwait(false);
            _claimed.Add(pusher);
            Waiting = "the old process's state";
            return pusher;
        }
        finally
        {
            prospects.PushAwaited = null;
        }
    }

    /// <summary>Peers that this has claimed, for whoever decides what becomes of them after a success.</summary>
    public IReadOnlyList<Peer> Claimed => _claimed;

    /// <summary>When it began, as a timestamp of the clock.</summary>
    public long Started { get; } = time.GetTimestamp();
}
