using Aeterna.Load.Accounts;
using Aeterna.Load.Messages;
using Aeterna.Load.Pacing;

namespace Aeterna.Load.Senders;

/// <summary>Sends one kind of traffic at a fixed rate.</summary>
internal interface ISender
{
    Protocol Protocol { get; }

    Tally Tally { get; }

    /// <summary>What its sources have sent.</summary>
    IReadOnlyList<SentLedger> Ledgers { get; }

    /// <summary>How its schedule was kept.</summary>
    PacedLoop Loop { get; }

    /// <summary>Sends until stopped, ends what is under way in an orderly manner, and returns.</summary>
    Task Run(CancellationToken stop);
}
