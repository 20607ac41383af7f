namespace Aeterna.Relay.Kept;

/// <summary>The memory of the relays that outlives the engine, as plain data.</summary>
/// <param name="Sessions">The descriptor of <see cref="KeptSessions"/>.</param>
/// <param name="Blocks">That of <see cref="KeptBlocks"/>; null: there are none.</param>
/// <param name="Most">How many blocks there may be.</param>
internal sealed record KeptState(int Sessions, int? Blocks, int Most);
