namespace Aeterna.Ledger;

/// <summary>A ledger cannot be written, or cannot be gone on from. The message goes on after "cannot upgrade: " or "cannot read the ledger: ".</summary>
internal sealed class LedgerException(string message, Exception? inner = null) : Exception(message, inner);
