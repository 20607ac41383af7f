using Aeterna.Configuration;

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
}
