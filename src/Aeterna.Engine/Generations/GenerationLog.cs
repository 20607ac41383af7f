using Aeterna.Machine;
using Microsoft.Extensions.Logging;

namespace Aeterna.Generations;

internal static partial class GenerationLog
{
    [LoggerMessage(2000, LogLevel.Information, "generation {Generation} started: pid {Pid}, {Command}")]
    public static partial void Started(ILogger log, int generation, int pid, string command);

    [LoggerMessage(2001, LogLevel.Information, "generation {Generation} (pid {Pid}) ended: {Exit}")]
    public static partial void Ended(ILogger log, int generation, int pid, ProcessExit exit);

    [LoggerMessage(2002, LogLevel.Information, "gen {Generation} {Stream}: {Line}")]
    public static partial void Output(ILogger log, int generation, string stream, string line);

    [LoggerMessage(2006, LogLevel.Warning, "gen {Generation}: {Count} lines of its output were left out here: it prints more than {Lines} lines or {KiB} KiB a second")]
    public static partial void LeftOut(ILogger log, int generation, long count, int lines, int kiB);

    [LoggerMessage(2003, LogLevel.Warning, "generation {Generation}: pid {Pid} ended with exit code 0 and left other processes: it goes into the background by itself (start it in the foreground: nginx 'daemon off;', rsyslogd -n)")]
    public static partial void Daemonized(ILogger log, int generation, int pid);

    [LoggerMessage(2004, LogLevel.Warning, "removed what a dead engine left: {Count} processes of {Name}")]
    public static partial void Swept(ILogger log, int count, string name);

    [LoggerMessage(2007, LogLevel.Warning, "generation {Generation} (pid {Pid}) has not said READY=1, as the program usually does; it has bound what it must and rests, so it is taken as ready")]
    public static partial void ReadyByRest(ILogger log, int generation, int pid);

    [LoggerMessage(2005, LogLevel.Warning, "cannot keep a spare launcher: {Why} (the next start takes some tens of milliseconds longer)")]
    public static partial void NoSpare(ILogger log, string why);

    [LoggerMessage(2008, LogLevel.Warning, "cannot remove what an earlier generation left in {Directory}: {Why}; it was put aside as {Aside} (remove it by hand)")]
    public static partial void Left(ILogger log, string directory, string aside, string why);

    [LoggerMessage(2009, LogLevel.Information, "generation {Generation}: pid {Before} has handed its work to pid {Pid}, which is the main process now")]
    public static partial void MainMoved(ILogger logger, int generation, int before, int pid);

    [LoggerMessage(2010, LogLevel.Warning, "generation {Generation} runs with no_new_privileges, in spite of the configuration: the kernel takes the engine's filter otherwise only with CAP_SYS_ADMIN (give the engine that)")]
    public static partial void NoPrivileges(ILogger log, int generation);
}
