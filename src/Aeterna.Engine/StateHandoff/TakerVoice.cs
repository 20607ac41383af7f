namespace Aeterna.StateHandoff;

/// <summary>
/// What a new process says while it is given state. It may come at any moment: an Ack ends the handoff with success whenever it comes, and
/// one that has said nothing of itself yet may still do so.
/// </summary>
internal sealed class TakerVoice(Peer peer)
{
    /// <summary>It has said that it has all that it wants.</summary>
    public bool Acknowledged { get; private set; }

    /// <summary>It says nothing any more: its end has come.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Completes when it has something to say, or has closed; also with an error, which is not to be looked at.</summary>
    public Task Speaks => IsOver ? Task.Delay(Timeout.Infinite) : peer.Next;

    /// <summary>Takes note of one frame, or of the end, waiting for it.</summary>
    public async Task HearOne(CancellationToken cancel)
    {
        FrameHeader? header;
        try
        {
            header = await peer.Next.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (SrpException)
        {
            IsOver = true;
            throw;
        }

        switch (header?.Type)
        {
            case null:
                IsOver = true;
                return;
            case FrameType.Hello when peer.Role == PeerRole.Unknown:
                var hello = await peer.Words(PayloadJson.Default.HelloPayload).WaitAsync(cancel).ConfigureAwait(false);
                if (hello.Role != HelloPayload.Receiver)
                {
                    throw new SrpException($"said after {Introduction.Grace.TotalSeconds:0} s of silence that it is no receiver, and had been taken for one");
                }

                (peer.WantsFinal, peer.Role) = (hello.Final, PeerRole.Receiver);
                peer.ReadOn();
                return;
            case FrameType.Finished:
                await peer.WholePayload().WaitAsync(cancel).ConfigureAwait(false);
                Acknowledged = true;
                peer.ReadOn();
                return;
            case FrameType.Error:
                var error = PayloadJson.ReadError(await peer.WholePayload().WaitAsync(cancel).ConfigureAwait(false));
                throw new SrpException($"did not take the state: {error.Message} ({error.Code})");
            default:
                throw new SrpException($"sent a frame of type 0x{(byte)header.Value.Type:X2} in place of an Ack");
        }
    }

    /// <summary>Waits until it has acknowledged, or says nothing any more.</summary>
    public async Task HearOut(CancellationToken cancel)
    {
        while (!Acknowledged && !IsOver)
        {
            await HearOne(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>It takes no more. That is well if it has said before that it has all that it wants.</summary>
    /// <param name="e">How that was seen.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task HearAfter(SrpException e, CancellationToken cancel)
    {
        try
        {
            await HearOut(cancel).ConfigureAwait(false);
        }
        catch (SrpException said) when (!IsOver)
        {
            throw Name(said.Message, said);
        }
        catch (SrpException)
        {
            // The connection is broken for reading too.
        }

        if (!Acknowledged)
        {
            throw Name(e.Message, e);
        }
    }

    /// <summary>What this throws names the new process.</summary>
    public async Task Named(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (SrpException e)
        {
            throw Name(e.Message, e);
        }
    }

    private SrpException Name(string what, Exception inner) => new($"the new process (pid {peer.Pid}) {what}", inner);
}
