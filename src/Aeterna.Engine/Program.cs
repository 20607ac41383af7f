using Aeterna.Cli;
using Aeterna.Orchestration;

namespace Aeterna;

/// <summary>Verbs and composition.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args) =>
        await Run(args, MakeOrchestrator, Self(), Environment.IsPrivilegedProcess).ConfigureAwait(false);

    /// <summary>Runs a command line on this process's console.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="makeOrchestrator">Makes what an engine runs its service with.</param>
    /// <param name="self">Program and first arguments that start this program anew.</param>
    /// <param name="root">Whether the directories of root are used.</param>
    internal static async Task<int> Run(
        string[] args, Func<EngineContext, IOrchestrator> makeOrchestrator, IReadOnlyList<string> self, bool root)
    {
        var output = new DeferredWriter(() => Console.Out);
        var error = new DeferredWriter(() => Console.Error);
        var terminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        return await CommandLine.Run(args, new CliContext
        {
            Out = output,
            Error = error,
            Terminal = terminal,
            Color = terminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
            Environment = Environment.GetEnvironmentVariable,
            Root = root,
            RunEngine = (path, background) =>
                new EngineHost(makeOrchestrator, Environment.GetEnvironmentVariable, root, error).Run(new EngineStart(path, background)),
            Self = self,
        }).ConfigureAwait(false);
    }

    // Started as "dotnet aeterna.dll", the process is dotnet.
    private static string[] Self() => Path.GetFileName(Environment.ProcessPath) == "dotnet"
        ? [Environment.ProcessPath!, Environment.GetCommandLineArgs()[0]]
        : [Environment.ProcessPath!];

    private static IOrchestrator MakeOrchestrator(EngineContext context) =>
        throw new Control.EngineStartException($"cannot start {context.Plan.Service.Name}: this build has no orchestrator");
}
