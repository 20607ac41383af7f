using System.Globalization;
using System.Runtime.CompilerServices;
using Aeterna.Cli;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Generations.Launch;
using Aeterna.Keeper;
using Aeterna.Linux;
using Aeterna.Orchestration;

namespace Aeterna;

/// <summary>Verbs and composition.</summary>
internal static class Program
{
    // The launcher comes first and alone: it must not pay for the start of anything that it does not need.
    private static Task<int> Main(string[] args)
    {
        // Then the keeper, which is to be small, and the guard: it keeps a copy of what the memory was when it was made.
        if (args is [Launcher.Verb])
        {
            return Task.FromResult(Launcher.Run());
        }

        if (args is [KeeperProcess.Verb, .. var kept])
        {
            return Task.FromResult(KeeperProcess.Run(kept, new DeferredWriter(() => Console.Error)));
        }

        if (KeeperArguments.AskFor(args, canGuard: !RuntimeFeature.IsDynamicCodeSupported, Environment.GetEnvironmentVariable))
        {
            return Task.FromResult(KeeperProcess.Become(args, Console.Error));
        }

        if (args is [UpgradeTrial.Verb])
        {
            return Task.FromResult(UpgradeTrial.Run(EngineHost.Version, Console.Out));
        }

        var successor = EngineSuccessor.Of(args, new DeferredWriter(() => Console.Error));
        if (successor is not null || args.Contains("start") || args.Contains("adopt"))
        {
            EngineRights.DropTheRest(); // Before a thread is started that would keep them.
            try
            {
                return Kept(args, successor, Keeping.Begin(OwnProgram.Open, successor?.Died ?? [], inherits: successor is not null));
            }
            catch (LinuxException e)
            {
                Console.Error.WriteLine($"cannot be kept: {e.Message} (start with {KeeperArguments.Without})");
                return Task.FromResult(ExitCode.Failed);
            }
        }

        return Run(args, ServiceEngine.Start, [SelfCommand.Path, .. SelfCommand.Arguments.Skip(1)], Environment.IsPrivilegedProcess);
    }

    private static async Task<int> Kept(string[] args, EngineSuccessor? successor, Keeping? keeping)
    {
        using var kept = keeping;
        int code;
        if (successor is not null)
        {
            successor.Keeping = keeping;
            var host = new EngineHost(ServiceEngine.Start, Environment.GetEnvironmentVariable, Environment.IsPrivilegedProcess, new DeferredWriter(() => Console.Error)) { Keeping = keeping };
            code = await successor.Run(host.GoOn).ConfigureAwait(false);
        }
        else
        {
            code = await Run(args, ServiceEngine.Start, [SelfCommand.Path, .. SelfCommand.Arguments.Skip(1)], Environment.IsPrivilegedProcess, keeping).ConfigureAwait(false);
        }

        keeping?.Leave(code);
        return code;
    }

    /// <summary>Runs a command line on this process's console.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="makeOrchestrator">Makes what an engine runs its service with.</param>
    /// <param name="self">Program and first arguments that start this program anew.</param>
    /// <param name="root">Whether the directories of root are used.</param>
    /// <param name="keeping">What an engine has of its keeper; null: nobody keeps it.</param>
    internal static async Task<int> Run(
        string[] args, Func<EngineContext, IOrchestrator> makeOrchestrator, IReadOnlyList<string> self, bool root, Keeping? keeping = null)
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
            RunEngine = (path, background, adopt) =>
                new EngineHost(makeOrchestrator, Environment.GetEnvironmentVariable, root, error) { Keeping = keeping }.Run(new EngineStart(path, background, adopt)),
            Self = self,
            SelfEnvironment = new Dictionary<string, string>
            {
                [ChildEnvironment.StartNoFile] = StartLimits.NoFileSoft.ToString(CultureInfo.InvariantCulture),
            },
        }).ConfigureAwait(false);
    }
}
