using Aeterna.Machine.Plans;
using Microsoft.Extensions.Logging;

namespace Aeterna.Orchestration;

/// <summary>What only the log tells; all that happens to the service itself is an event of the journal.</summary>
internal static partial class OrchestratorLog
{
    [LoggerMessage(EventId = 3000, Level = LogLevel.Information, Message = "{request} asked for by {requestedBy}")]
    public static partial void Asked(this ILogger logger, string request, string requestedBy);

    [LoggerMessage(EventId = 3001, Level = LogLevel.Warning, Message = "{request} refused: {why}")]
    public static partial void Refused(this ILogger logger, string request, string why);

    [LoggerMessage(EventId = 3010, Level = LogLevel.Error, Message = "the engine failed at {effect} and goes on")]
    public static partial void EffectFailed(this ILogger logger, Exception exception, string effect);

    [LoggerMessage(EventId = 3012, Level = LogLevel.Warning, Message = "the engine failed at {effect} and looks again")]
    public static partial void LooksAgain(this ILogger logger, Exception exception, string effect);

    [LoggerMessage(EventId = 3011, Level = LogLevel.Critical, Message = "the engine could not handle {what} and goes on")]
    public static partial void TurnFailed(this ILogger logger, Exception exception, string what);

    [LoggerMessage(EventId = 3020, Level = LogLevel.Warning, Message = "{kind} {failure}; its output ended with: {output}")]
    public static partial void CommandFailed(this ILogger logger, string kind, string failure, string output);

    [LoggerMessage(EventId = 3030, Level = LogLevel.Information, Message = "released {listener}: no generation wants it any more")]
    public static partial void Released(this ILogger logger, ListenerAddress listener);

    [LoggerMessage(EventId = 3031, Level = LogLevel.Warning, Message = "cannot give the listeners back to the configuration in force: {why}")]
    public static partial void NotReleased(this ILogger logger, string why);

    [LoggerMessage(EventId = 3040, Level = LogLevel.Warning, Message = "generation {generation} is still there {grace} after SIGKILL and is left to the kernel")]
    public static partial void SurvivedKill(this ILogger logger, int generation, string grace);

    [LoggerMessage(EventId = 3041, Level = LogLevel.Warning, Message = "generation {generation} is told to end although {why}")]
    public static partial void NotAtRest(this ILogger logger, int generation, string why);

    [LoggerMessage(EventId = 3042, Level = LogLevel.Warning, Message = "generation {generation} could not be held still and runs on, kept for a rollback")]
    public static partial void NotFrozen(this ILogger logger, int generation);

    [LoggerMessage(EventId = 3043, Level = LogLevel.Information, Message = "generation {generation} (pid {pid}) keeps its sockets and goes on without the engine")]
    public static partial void GivenBack(this ILogger logger, int generation, int pid);

    [LoggerMessage(EventId = 3044, Level = LogLevel.Warning, Message = "the names of the adopted daemon's unix sockets may go with it: {why}")]
    public static partial void NamesNotKept(this ILogger logger, string why);

    [LoggerMessage(EventId = 3050, Level = LogLevel.Warning, Message = "{count} tasks had not ended when the engine did")]
    public static partial void TasksLeft(this ILogger logger, int count);
}
