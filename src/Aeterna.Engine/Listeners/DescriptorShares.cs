using Aeterna.Linux;

namespace Aeterna.Listeners;

/// <summary>
/// How the engine's descriptors are shared out, by its soft limit (RLIMIT_NOFILE): whoever takes all of its share takes none of another's, and a
/// reload, the control API and the runtime find some at any time.
/// </summary>
internal static class DescriptorShares
{
    /// <summary>For everything that has no share of its own.</summary>
    public const long Reserve = 256;

    private const long SocketsAtLeast = 64;
    private const long SocketsAtMost = 16_384;
    private const long ConnectionsAtLeast = 16;

    // Three, and two more while there are two generations.
    private const long EachConnection = 5;

    /// <summary>The process's soft limit.</summary>
    public static long Limit { get; } = (long)Math.Min(ResourceLimit.Get(0, ResourceLimit.NoFile).Soft, int.MaxValue);

    /// <summary>Sockets of one generation that may be held and that the configuration does not name.</summary>
    public static long Captured(long limit) => Math.Clamp(limit / 4, SocketsAtLeast, SocketsAtMost);

    /// <summary>Connections that all relays together may have.</summary>
    public static int Connections(long limit) => (int)Math.Max((limit - Reserve - Captured(limit)) / EachConnection, ConnectionsAtLeast);
}
