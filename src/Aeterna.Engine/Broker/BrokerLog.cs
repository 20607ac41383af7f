using Microsoft.Extensions.Logging;

namespace Aeterna.Broker;

internal static partial class BrokerLog
{
    [LoggerMessage(1500, LogLevel.Debug, "generation {Generation}: {Call} of thread {Tid} answered {Answer}")]
    public static partial void Answered(ILogger log, int generation, TrappedCall call, int tid, Answer answer);

    [LoggerMessage(1501, LogLevel.Warning, "cannot look at {Call} of generation {Generation}, answered {Answer}: {Why}")]
    public static partial void Unhandled(ILogger log, TrappedCall call, int generation, Answer answer, string why);

    [LoggerMessage(1502, LogLevel.Error, "cannot answer generation {Generation} any more: {Why} (its next bind fails; reload or restart the service)")]
    public static partial void Broken(ILogger log, int generation, string why);

    [LoggerMessage(1503, LogLevel.Error, "cannot register the held socket in the epoll sets of process {Process}: {Why} (its bind fails)")]
    public static partial void NotRegistered(ILogger log, int process, string why);
}
