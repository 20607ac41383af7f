using Aeterna.Contract;
using Aeterna.Keeper;
using Aeterna.Ledger;
using Aeterna.Orchestration;

namespace Aeterna.Tests.Support;

/// <summary>
/// The program of the test assembly: the whole of aeterna with a scripted service in place of the orchestrator. The service starts
/// unless its command is /bin/false; a reload ends at once with the verdict that its reason names, and otherwise succeeds.
/// </summary>
internal static class TestEngine
{
    public static Task<int> Main(string[] args) =>
        args is [UpgradeTrial.Verb] ? Task.FromResult(UpgradeTrial.Run("0.0.0", Console.Out))
        : EngineSuccessor.Of(args, Console.Error) is { } successor
            ? successor.Run(new EngineHost(TakeAllAndFail, Environment.GetEnvironmentVariable, Environment.IsPrivilegedProcess, Console.Error).GoOn)
        : Program.Run(args, Make, [Environment.ProcessPath!, typeof(TestEngine).Assembly.Location], root: false);

    /// <summary>
    /// A program for an upgrade that cannot go on, in a folder: it shows that it could, takes everything over, and fails at the last moment before it would
    /// be the only one who knows how things stand.
    /// </summary>
    public static string ThatGivesBack(string folder)
    {
        var file = Path.Combine(folder, "gives-back");
        File.WriteAllText(file, $"#!/bin/sh\nexec {Environment.ProcessPath} {typeof(TestEngine).Assembly.Location} \"$@\"\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return file;
    }

    private static IOrchestrator TakeAllAndFail(EngineContext context) =>
        ServiceEngine.Start(context with { IsUp = () => throw new LedgerException("it fails at the last moment") });

    private static FakeOrchestrator Make(EngineContext context)
    {
        var fake = new FakeOrchestrator(context.Journal);
        var name = context.Plan.Service.Name;
        var reloads = 0;
        fake.Now = Own(Samples.Status(FsmState.Pending), name, context);
        fake.OnReload = request =>
        {
            var id = $"r{Interlocked.Increment(ref reloads)}";
            fake.Finish(id, request.Reason ?? Verdict.Succeeded);
            fake.Now = Own(fake.Now, name, context);
            return new RequestOutcome(id, null);
        };
        fake.OnStop = now =>
        {
            context.Journal.Publish(Samples.Event(now ? "killed" : "drained", EventType.State, FsmState.Stopped));
            fake.Complete(ExitCode.Done);
            return new RequestOutcome("s1", null);
        };
        var good = context.Plan.Service.Command[0] != "/bin/false";
        var start = Samples.Record("start1", good ? Verdict.Succeeded : Verdict.Failed, "start") with { Message = good ? null : "it ended with exit code 1" };
        context.Journal.Save(start);
        fake.Now = Own(Samples.Status(good ? FsmState.Running : FsmState.Failed), name, context) with { LastReload = start };
        context.Journal.Publish(Samples.Event(good ? "generation 1 serves" : "cannot start it: it ended with exit code 1", EventType.State, fake.Now.FsmState));
        if (!good)
        {
            fake.Complete(ExitCode.Failed);
        }

        return fake;
    }

    private static StatusReport Own(StatusReport status, string name, EngineContext context) =>
        status with { Service = name, EnginePid = Environment.ProcessId, EngineVersion = context.Version, ConfigPath = context.Plan.SourcePath };
}
