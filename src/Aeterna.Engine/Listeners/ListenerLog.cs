using Aeterna.Machine.Plans;
using Microsoft.Extensions.Logging;

namespace Aeterna.Listeners;

internal static partial class ListenerLog
{
    [LoggerMessage(1003, LogLevel.Warning, "{Address} had lost its path: somebody removed or replaced {Path}; bound it anew for generation {Generation}")]
    public static partial void PathLost(ILogger log, ListenerAddress address, string path, int generation);

    [LoggerMessage(1004, LogLevel.Warning, "cannot give {Address} a receive buffer of {Wanted} bytes: the kernel gave {Got} (raise net.core.rmem_max, or run the engine with CAP_NET_ADMIN)")]
    public static partial void SmallBuffer(ILogger log, ListenerAddress address, int wanted, int got);

    [LoggerMessage(1005, LogLevel.Warning, "cannot carry over all that the program set on its socket before it bound {Address}: the kernel refuses {Names} (most of these need CAP_NET_ADMIN)")]
    public static partial void NotCarried(ILogger log, ListenerAddress address, string names);

    [LoggerMessage(1006, LogLevel.Warning, "cannot choose among the sockets of an address: {Why}; some clients may come to one that nobody reads until the reload has ended")]
    public static partial void NotDirected(ILogger log, string why);

    [LoggerMessage(1007, LogLevel.Warning, "cannot hold {Address} and others: generation {Generation} has {Count} sockets held by now (those beyond are its own, and no later generation gets them)")]
    public static partial void TooMany(ILogger log, ListenerAddress address, int generation, int count);

    [LoggerMessage(1008, LogLevel.Debug, "cannot look which sockets are still open: {Why}")]
    public static partial void NotLooked(ILogger log, string why);
}
