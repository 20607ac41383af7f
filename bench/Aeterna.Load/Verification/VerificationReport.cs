using Aeterna.Load.Messages;

namespace Aeterna.Load.Verification;

/// <summary>What was found in the output files.</summary>
internal sealed record VerificationReport
{
    public required IReadOnlyList<ProtocolFindings> Protocols { get; init; }

    /// <summary>Lines that are not one whole message, over all protocols; lines of rsyslogd itself not counted.</summary>
    public required long Torn { get; init; }

    /// <summary>Whole messages that this run did not send.</summary>
    public required long Strangers { get; init; }

    /// <summary>Files that end without a line feed: their writer was killed, or is still writing.</summary>
    public required IReadOnlyList<string> CutFiles { get; init; }

    /// <summary>Lines that rsyslogd wrote about itself.</summary>
    public required long OwnLines { get; init; }

    /// <summary>The first findings, one sentence each.</summary>
    public required IReadOnlyList<string> First { get; init; }

    /// <summary>Messages sent, over all protocols.</summary>
    public long Sent => Protocols.Sum(p => p.Sent);

    public long Written => Protocols.Sum(p => p.Written);

    public long Lost => Protocols.Sum(p => p.Lost);

    public long Doubled => Protocols.Sum(p => p.Doubled);

    public long OutOfOrder => Protocols.Sum(p => p.OutOfOrder);

    public long WrongAddress => Protocols.Sum(p => p.WrongAddress);

    /// <summary>Every message is there once, whole, in order and with its true address.</summary>
    public bool Clean => Lost == 0 && Doubled == 0 && Torn == 0 && Strangers == 0 && OutOfOrder == 0 && WrongAddress == 0;

    public ProtocolFindings? Of(Protocol protocol) => Protocols.FirstOrDefault(p => p.Protocol == protocol);
}

/// <summary>What was found of one protocol.</summary>
internal sealed record ProtocolFindings
{
    public required Protocol Protocol { get; init; }

    public required long Sent { get; init; }

    /// <summary>Different messages that were sent and are there.</summary>
    public required long Written { get; init; }

    /// <summary>Sent and not there.</summary>
    public required long Lost { get; init; }

    /// <summary>There once more than they should be.</summary>
    public required long Doubled { get; init; }

    /// <summary>Torn lines that name one of its sources.</summary>
    public required long Torn { get; init; }

    /// <summary>Behind a later message of the same connection.</summary>
    public required long OutOfOrder { get; init; }

    /// <summary>Written with another address than the one that it was sent from.</summary>
    public required long WrongAddress { get; init; }

    /// <summary>There, although their connection broke before their last byte was known to be sent.</summary>
    public required long Unconfirmed { get; init; }
}

/// <summary>A message that was sent and is not there.</summary>
internal sealed record LostMessage(string Source, Protocol Protocol, long Number);
