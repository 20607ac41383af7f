using Aeterna.Load.Accounts;
using Aeterna.Load.Messages;

namespace Aeterna.Load.Senders;

/// <summary>Sends one kind of traffic at a fixed rate.</summary>
internal interface ISender
{
    Protocol Protocol { get; }

    Tally Tally { get; }

    /// <summary>What its sources have sent.</summary>
    IReadOnlyList<SentLedger> Ledgers { get; }

    /// <summary>The latest that a send or connect was begun after it was due: how far this process itself lagged behind.</summary>
    TimeSpan Latest { get; }

    /// <summary>Sends until stopped, ends what is under way in an orderly manner, and returns.</summary>
    Task Run(CancellationToken stop);
}
