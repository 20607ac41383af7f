using System.Diagnostics;
using System.Globalization;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;
using static Aeterna.Tests.EndToEnd.PidServer;

namespace Aeterna.Tests.EndToEnd;

/// <summary>An engine dies before it has written down anything of its own: what the one before had written is gone on with once more.</summary>
[Collection(Alone.Name)]
public class DeathAfterDeathTests
{
    private const int Clients = 50;
    private const int Many = 200; // So that there is something to be taken over.

    [KeptFact]
    public async Task Who_dies_before_it_goes_on_is_gone_on_for_too()
    {
        await using var site = await Site.Start();
        for (var round = 1; round <= 3; round++)
        {
            await site.EndInTheirBeginning(2);
            await site.Engine.Until(s => s.Keeper is { Ready: true }, "another engine goes on");
            await site.AllAnswer();
        }

        var status = await site.Engine.Status();
        Assert.Equal((site.Pid, 6), (status.CurrentPid, status.Keeper!.Deaths));
        Assert.Contains($"{Clients} relayed connections go on", string.Join('\n', status.Warnings), StringComparison.Ordinal);
        Assert.Contains("three times within a minute", string.Join('\n', status.Warnings), StringComparison.Ordinal);
    }

    /// <summary>At whatever moment of its beginning: what it no longer needs the next one may need again.</summary>
    [KeptFact]
    public async Task Who_dies_while_it_takes_over_is_gone_on_for_too()
    {
        await using var site = await Site.Start(Many);
        await site.Engine.Kill();
        var before = site.Engine.Holdings();
        for (var wait = TimeSpan.Zero; wait < TimeSpan.FromMilliseconds(60); wait += TimeSpan.FromMilliseconds(2))
        {
            await site.EndInTheirBeginning(2, wait);
            var status = await site.Engine.Until(s => s.Keeper is { Ready: true }, "another engine goes on");
            Assert.True(status.CurrentPid == site.Pid, $"the service was started anew after {wait.TotalMilliseconds} ms\n{site.Engine.Log}");
            await site.AllAnswer();
        }

        await Temp.Until(() => site.Engine.Holdings() is var now && now.Descriptors <= before.Descriptors && now.Children == before.Children, $"it holds {before} again");
    }

    /// <summary>It may be that what they die of is what they have begun with: the third one is the last. It has written down something of its own now and then, so it is tried until it has not.</summary>
    [KeptFact]
    public async Task Where_three_have_died_of_what_they_began_with_the_service_is_started_anew()
    {
        await using var site = await Site.Start();
        for (var tries = 0; (await site.Engine.Status()).CurrentPid == site.Pid; tries++)
        {
            Assert.True(tries < 30, $"it still goes on\n{site.Engine.Log}");
            await site.EndInTheirBeginning(4);
            await site.Engine.Until(s => s is { FsmState: FsmState.Running, Keeper.Ready: true }, "the service is served again");
        }

        using var talk = new Talk(site.Port);
        Assert.NotEqual($"{site.Pid}", await talk.Ask());
    }

    /// <summary>The other program has shown that it could go on, and is killed in the moment in which it is executed, or a little later.</summary>
    [KeptTheory]
    [InlineData("kill -9 $$")]
    [InlineData("exit 3")]
    [InlineData("(sleep 0.02; kill -9 $$) & exec {0} \"$@\"")]
    [InlineData("(sleep 0.05; kill -9 $$) & exec {0} \"$@\"")]
    public async Task Who_is_killed_in_the_midst_of_an_upgrade_is_gone_on_for_by_the_program_of_before(string what)
    {
        await using var site = await Site.Start();
        var folder = Temp.Folder();
        var program = Path.Combine(folder, "aeterna");
        File.WriteAllText(program, $"#!/bin/sh\n[ \"$1\" = __ledger ] && exec {LiveEngine.Program} \"$@\"\n{string.Format(CultureInfo.InvariantCulture, what, LiveEngine.Program)}\n");
        File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
        for (var round = 1; round <= 3; round++)
        {
            var before = (await site.Engine.Status()).EnginePid;
            var (code, output, error) = await Task.Run(() => Shell.Run(LiveEngine.Program, "upgrade", "-n", site.Engine.Name, "--program", program, "--wait", "--timeout", "5m"));
            var after = await site.Engine.Until(s => s.EnginePid != before && s.Keeper is { Ready: true }, "the engine of before goes on");
            Assert.True(
                error.Contains($"cannot upgrade: the engine (pid {before}) died meanwhile; one of version ", StringComparison.Ordinal) || (code == 0 && output.Contains("nothing was carried", StringComparison.Ordinal)),
                $"{code} {output} {error}");
            Assert.True((site.Pid, round) == (after.CurrentPid, after.Keeper!.Deaths), $"{after.CurrentPid}, {after.Keeper.Deaths} deaths\n{site.Engine.Log}");
            await site.AllAnswer();
        }

        Assert.Equal(Verdict.Succeeded, (await site.Engine.Upgrade()).Verdict);
        await site.AllAnswer();
        Directory.Delete(folder, true);
    }

    /// <summary>The guard of before is still there then, and is ended by whoever goes on.</summary>
    [KeptFact]
    public async Task One_that_gives_back_in_an_upgrade_leaves_one_guard()
    {
        await using var site = await Site.Start();
        var folder = Temp.Folder();
        Assert.Equal(Verdict.RolledBack, (await site.Engine.Upgrade(TestEngine.ThatGivesBack(folder))).Verdict);
        await site.Engine.Until(s => s.Keeper is { Ready: true }, "it is guarded");
        Assert.Single(site.Engine.Guards());
        await site.AllAnswer();
        Assert.Equal(site.Pid, (await site.Engine.Kill()).CurrentPid);
        await site.AllAnswer();
        Assert.Equal(Verdict.Succeeded, (await site.Engine.Upgrade()).Verdict);
        await site.AllAnswer();
        Directory.Delete(folder, true);
    }

    /// <summary>A kept engine with relayed connections, each in the midst of a conversation.</summary>
    private sealed class Site(LiveEngine engine, int port, int pid, int clients) : IAsyncDisposable
    {
        private readonly List<Talk> _talks = [.. Enumerable.Range(0, clients).Select(_ => new Talk(port))];

        public LiveEngine Engine => engine;

        public int Port => port;

        public int Pid => pid;

        public static async Task<Site> Start(int clients = Clients)
        {
            var port = Ports.Next();
            var engine = await LiveEngine.StartKept(
                Yaml(Server(port), string.Create(CultureInfo.InvariantCulture, $"listeners: [{{ name: lines, address: \"tcp://127.0.0.1:{port}\", handoff: relay, framing: line }}]")));
            var site = new Site(engine, port, (await engine.Status()).CurrentPid, clients);
            await site.AllAnswer();
            return site;
        }

        public async Task AllAnswer()
        {
            var answers = await Task.WhenAll(_talks.Select(talk => talk.Ask()));
            Assert.All(answers, answer => Assert.Equal($"{pid}", answer));
        }

        /// <summary>Kills the engine, and each that comes in its place as soon as it has what the one before had written, and nothing of its own; or so long after that.</summary>
        public async Task EndInTheirBeginning(int many, TimeSpan after = default)
        {
            var victim = (await engine.Status()).EnginePid;
            for (var i = 0; i < many; i++)
            {
                var next = engine.Guards().SingleOrDefault();
                Assert.True(LibC.kill(victim, Signals.SIGKILL) == 0, engine.Log);
                if (next == 0)
                {
                    return; // Nobody is to go on.
                }

                SpinWait.SpinUntil(() => LiveEngine.NameOf(next) is "aeterna" or null, TimeSpan.FromSeconds(60));
                for (var named = Stopwatch.StartNew(); named.Elapsed < after;)
                {
                }

                victim = LiveEngine.NameOf(next) is null ? victim : next;
            }
        }

        public async ValueTask DisposeAsync()
        {
            _talks.ForEach(talk => talk.Dispose());
            await engine.DisposeAsync();
        }
    }
}
