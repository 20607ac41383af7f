using Aeterna.Configuration;
using Aeterna.Linux;
using Aeterna.Machine.Plans;

namespace Aeterna.Generations.Outside;

/// <summary>How a daemon was started, for the case that it has to be started again.</summary>
internal static class OutsideCommand
{
    /// <summary>The service with the daemon's own words and working directory; as it is where these are not to be had any more, as of a program that shows a title in their place.</summary>
    /// <param name="pid">Its main process.</param>
    /// <param name="service">What the configuration runs.</param>
    /// <param name="environment">Looks up an environment variable of the engine.</param>
    public static ServicePlan Of(int pid, ServicePlan service, Func<string, string?> environment)
    {
        var (words, folder) = (ProcFs.CommandLine(pid), ProcFs.WorkingDirectory(pid));
        return words is [{ Length: > 0 } first, ..] && ProgramSearch.For(service, environment).Locate(first) is { } program && File.Exists(program)
            ? service with { Command = words, WorkingDirectory = folder ?? service.WorkingDirectory }
            : service;
    }
}
