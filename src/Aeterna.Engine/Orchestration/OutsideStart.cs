using Aeterna.Generations;
using Aeterna.Generations.Outside;
using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Machine.Plans;

namespace Aeterna.Orchestration;

/// <summary>The first step of an adoption: the daemon is looked at, and its sockets are held beside it.</summary>
internal static class OutsideStart
{
    /// <summary>By what number a daemon is known that no engine has started.</summary>
    private const int Number = 1;

    /// <exception cref="OutsideException">It cannot be adopted; nothing has been done to it.</exception>
    /// <exception cref="LinuxException">Likewise: EMFILE, or a group of sockets cannot be made.</exception>
    public static OutsideService TakeIn(int pid, Plan plan, ChildReaper reaper, ListenerTable listeners, ICommandRunner commands)
    {
        OutsideCheck.Look(pid, plan.Service, Environment.GetEnvironmentVariable);
        SystemdUnit.Look(pid, commands).GetAwaiter().GetResult();
        var process = reaper.Adopt(pid) ?? throw new OutsideException("it has just ended (aeterna start starts the service)");
        var daemon = new OutsideGeneration(Number, process, plan.Service);
        var found = new OutsideFinder(daemon.Pids(), plan.Service).Find();
        try
        {
            var sockets = listeners.TakeIn(Number, plan.Service, found, daemon.Pids);
            return new OutsideService(daemon, plan with { Service = OutsideCommand.Of(pid, plan.Service, Environment.GetEnvironmentVariable) }, sockets);
        }
        catch
        {
            listeners.LetGo();
            foreach (var socket in found)
            {
                socket.PutBack();
                socket.Dispose();
            }

            throw;
        }
    }
}
