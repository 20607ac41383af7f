using Aeterna.Linux;

namespace Aeterna.Relay.Kept;

/// <summary>What of the relays outlives the engine.</summary>
/// <param name="Sessions">What is known of their connections.</param>
/// <param name="Blocks">What these hold.</param>
internal sealed record KeptRelays(KeptSessions Sessions, KeptBlocks Blocks)
{
    // What waits for use is not counted as memory that connections hold.
    private const int BlocksBeside = 1024;

    /// <summary>For relays that may hold so many bytes; null: there is no memory for it.</summary>
    public static KeptRelays? Make(KeptSessions sessions, long most)
    {
        try
        {
            return new KeptRelays(sessions, new KeptBlocks((int)Math.Min(int.MaxValue / 128, (most / KeptBlocks.BlockSize * 5 / 4) + BlocksBeside)));
        }
        catch (LinuxException)
        {
            return null;
        }
    }
}
