using Aeterna.Machine.Plans;
using Aeterna.Orchestration;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Orchestration;

public sealed class SmallRulesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aeterna-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Ids_sort_by_time_and_avoid_those_that_are_taken()
    {
        var now = new DateTimeOffset(2026, 11, 22, 10, 45, 12, TimeSpan.FromHours(1));
        var seen = new List<string>();
        var id = ReloadId.New(now, candidate =>
        {
            seen.Add(candidate);
            return seen.Count < 3;
        });
        Assert.Equal(id, seen[^1]);
        Assert.Equal(3, seen.Count);
        Assert.Matches(@"^20261122T094512\.\d{3}Z-[0-9a-f]{4}$", id);
    }

    [Theory]
    [InlineData(Readiness.Listeners, true, "a", true)]
    [InlineData(Readiness.Listeners, true, "other", false)]
    [InlineData(Readiness.Listeners, false, "a", false)]
    [InlineData(Readiness.Notify, true, "a", false)]
    public void Ready_by_listeners_waits_for_notify_when_the_same_program_sent_it_before(object ready, bool notified, string name, bool expected)
    {
        var plan = TestPlans.Of("a", p => p with { Startup = new StartupPlan { Ready = (Readiness)ready } });
        var requirement = ReadinessRules.For(plan, new Predecessor(1, [], notified), TestPlans.Of(name), mustReplaceAll: true);
        Assert.Equal(expected, requirement.ExpectsNotify);
    }

    [Fact]
    public void A_profile_that_notifies_is_waited_for_at_the_first_start()
    {
        var plan = TestPlans.Of();
        plan = plan with { Service = plan.Service with { Profile = Profile.None with { Notifies = true } } };
        Assert.True(ReadinessRules.For(plan, null, null, true).ExpectsNotify);
        Assert.False(ReadinessRules.For(TestPlans.Of(), null, null, true).ExpectsNotify);
    }

    [Fact]
    public async Task A_program_is_found_on_the_path_of_the_service_or_else_of_the_engine()
    {
        var tool = Program("tool", executable: true);
        Program("plain", executable: false);
        var service = Service("tool");
        Assert.Equal(tool, (await Inspect(service, _folder.FullName)).Path);
        Assert.Equal(tool, (await Inspect(service with { Env = [$"PATH=/nowhere:{_folder.FullName}"] }, "/nowhere")).Path);
        Assert.StartsWith("cannot start tool: it is not on PATH", (await Inspect(service, "/nowhere")).Problem, StringComparison.Ordinal);
        Assert.NotNull((await Inspect(Service("plain"), _folder.FullName)).Problem);
    }

    [Fact]
    public async Task What_cannot_be_started_has_its_own_sentence()
    {
        var plain = Program("plain", executable: false);
        Assert.Equal($"cannot start {plain}: it is not executable (chmod +x {plain})", (await Inspect(Service(plain))).Problem);
        Assert.Contains("it is a directory", (await Inspect(Service("/tmp"))).Problem, StringComparison.Ordinal);
        Assert.Contains("no such file", (await Inspect(Service("/nowhere/x"))).Problem, StringComparison.Ordinal);
        Assert.Contains("no such file", (await Inspect(Service($"{plain}/below"))).Problem, StringComparison.Ordinal);
        Assert.Equal(
            "cannot start /bin/sh: service.binary_path /nowhere/x: there is no such file (install it, or correct the path)",
            (await Inspect(Service("/bin/sh") with { BinaryPath = "/nowhere/x" })).Problem);
    }

    [Fact]
    public async Task The_binary_path_is_what_is_hashed_and_need_not_be_executable()
    {
        var script = Program("agent.py", executable: false);
        var file = await Inspect(Service("/bin/sh") with { BinaryPath = script });
        Assert.Null(file.Problem);
        Assert.Equal((script, "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"), (file.Path, file.Sha256));
    }

    private static ServicePlan Service(string program) => new() { Name = "svc", Command = [program] };

    private static Task<ProgramFile> Inspect(ServicePlan service, string? path = null) =>
        ProgramFile.Inspect(service, name => name == "PATH" ? path : null, default);

    private string Program(string name, bool executable)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, "foo");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | (executable ? UnixFileMode.UserExecute : 0));
        return path;
    }
}
