using Aeterna.Configuration;

using Microsoft.Extensions.Logging;

namespace Aeterna.Listeners;

internal static partial class ListenerLog
{
    [LoggerMessage(1000, LogLevel.Information, "captured {Address} from generation {Generation}")]
    public static partial void Captured(ILogger log, ListenerAddress address, int generation);

    [LoggerMessage(1001, LogLevel.Information, "gave {Address} to generation {Generation}")]
    public static partial void Given(ILogger log, ListenerAddress address, int generation);

    [LoggerMessage(1002, LogLevel.Information, "released {Address}: no generation has it any more")]
    public static partial void Released(ILogger log, ListenerAddress address);

    [LoggerMessage(1003, LogLevel.Warning, "{Address} had lost its path: somebody removed or replaced {Path}; bound it anew for generation {Generation}")]
    public static partial void PathLost(ILogger log, ListenerAddress address, string path, int generation);

    [LoggerMessage(1004, LogLevel.Warning, "cannot give {Address} a receive buffer of {Wanted} bytes: the kernel gave {Got} (raise net.core.rmem_max, or run the engine with CAP_NET_ADMIN)")]
    public static partial void SmallBuffer(ILogger log, ListenerAddress address, int wanted, int got);

    [LoggerMessage(1005, LogLevel.Warning, "generation {Generation} cannot bind {Address}: {Why}")]
    public static partial void BindFailed(ILogger log, ListenerAddress address, int generation, string why);
}
