using System.Globalization;
using System.Text.Json;

using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Generations;

/// <summary>What a child gets, told by the child itself.</summary>
public class ChildConditionsTests
{
    private const string Tell = """
        import json, os, resource, signal, sys
        status = dict(l.rstrip('\n').split(':\t', 1) for l in open('/proc/self/status') if ':\t' in l)
        fds = sorted(int(f) for f in os.listdir('/proc/self/fd'))
        out = {'env': dict(os.environ), 'pid': os.getpid(), 'sid': os.getsid(0), 'cwd': os.getcwd(), 'umask': os.umask(0),
               'uid': os.getuid(), 'gid': os.getgid(), 'groups': os.getgroups(), 'nofile': resource.getrlimit(resource.RLIMIT_NOFILE)[0],
               'core': resource.getrlimit(resource.RLIMIT_CORE)[0], 'stdin': os.readlink('/proc/self/fd/0'),
               'SigBlk': status['SigBlk'].strip(), 'fds': [f for f in fds if os.path.exists('/proc/self/fd/%d' % f)],
               'pipe_ignored': os.environ.get('X') }
        out['ignored'] = open(sys.argv[2]).read() if len(sys.argv) > 2 else ''
        json.dump(out, open(sys.argv[1] + '.tmp', 'w'))
        os.rename(sys.argv[1] + '.tmp', sys.argv[1])
        """;

    [Fact]
    public async Task A_child_has_its_environment_session_limits_and_no_foreign_descriptor()
    {
        await using var rig = new Rig();
        var told = await Run(rig, new ServicePlan { Name = "test", Command = [], Env = ["COLOUR=green"] });

        var env = told.GetProperty("env");
        Assert.Equal("1", env.GetProperty("AETERNA_MANAGED").GetString());
        Assert.Equal("1", env.GetProperty("AETERNA_GENERATION").GetString());
        Assert.Equal("green", env.GetProperty("COLOUR").GetString());
        Assert.EndsWith("/gen-1", env.GetProperty("AETERNA_INSTANCE_DIR").GetString(), StringComparison.Ordinal);
        Assert.EndsWith("/state.sock", env.GetProperty("AETERNA_STATE_SOCK").GetString(), StringComparison.Ordinal);
        Assert.EndsWith("/gen-1/notify", env.GetProperty("NOTIFY_SOCKET").GetString(), StringComparison.Ordinal);
        Assert.False(env.TryGetProperty("LISTEN_FDS", out _));
        Assert.Equal(told.GetProperty("pid").GetInt32(), told.GetProperty("sid").GetInt32());
        Assert.Equal("0000000000000000", told.GetProperty("SigBlk").GetString());
        Assert.Equal([0, 1, 2], told.GetProperty("fds").EnumerateArray().Select(f => f.GetInt32()));
        Assert.Equal("/dev/null", told.GetProperty("stdin").GetString());
        Assert.Equal(Aeterna.Generations.StartLimits.NoFileSoft, told.GetProperty("nofile").GetUInt64());
    }

    [Fact]
    public async Task Ignored_signals_of_the_runtime_are_default_again_in_the_child()
    {
        // Python ignores SIGPIPE by itself, so a shell has to tell.
        await using var rig = new Rig();
        var file = Path.Combine(rig.Directory, "signals");
        var generation = rig.Start("/bin/sh", "-c", $"grep -E '^SigIgn' /proc/$$/status > {file}.tmp; mv {file}.tmp {file}; exec sleep 1000");
        await Temp.Until(() => File.Exists(file), "the shell tells its signals");
        Assert.All(File.ReadAllLines(file), l => Assert.EndsWith("0000000000000000", l, StringComparison.Ordinal));
        generation.Kill();
    }

    [RootFact]
    public async Task User_group_umask_directory_and_limits_are_as_configured()
    {
        await using var rig = new Rig();
        File.SetUnixFileMode(rig.Directory, (UnixFileMode)1023);
        var told = await Run(rig, new ServicePlan
        {
            Name = "test",
            Command = [],
            User = "nobody",
            Group = "daemon",
            WorkingDirectory = "/usr",
            Umask = 0x17, // 027
            Limits = new Dictionary<string, LimitPlan> { ["nofile"] = new(777, 888), ["core"] = new(0, 0) },
        });

        Assert.Equal(65534, told.GetProperty("uid").GetInt32());
        Assert.Equal(Accounts.FindGroup("daemon"), told.GetProperty("gid").GetUInt32());
        Assert.DoesNotContain(0, told.GetProperty("groups").EnumerateArray().Select(g => g.GetInt32()));
        Assert.Equal("/usr", told.GetProperty("cwd").GetString());
        Assert.Equal(0x17, told.GetProperty("umask").GetInt32());
        Assert.Equal(777, told.GetProperty("nofile").GetInt32());
        Assert.Equal(0, told.GetProperty("core").GetInt32());
    }

    [Fact]
    public async Task Inherited_listeners_are_3_and_on_with_both_protocols()
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        ListenerPlan[] listeners =
        [
            new() { Name = "web", Address = Temp.Tcp(port), Handoff = Handoff.Inherit },
            new() { Name = "log", Address = Temp.Address($"unixgram://{rig.Directory}/log"), Handoff = Handoff.Inherit },
        ];
        rig.Listeners.Configure(listeners);
        var told = await Run(rig, new ServicePlan { Name = "test", Command = [], Listeners = listeners });

        var env = told.GetProperty("env");
        Assert.Equal("2", env.GetProperty("AETERNA_INHERITED_FDS").GetString());
        Assert.Equal("2", env.GetProperty("LISTEN_FDS").GetString());
        Assert.Equal("web:log", env.GetProperty("LISTEN_FDNAMES").GetString());
        Assert.Equal(told.GetProperty("pid").GetInt32().ToString(CultureInfo.InvariantCulture), env.GetProperty("LISTEN_PID").GetString());
        Assert.Equal([0, 1, 2, 3, 4], told.GetProperty("fds").EnumerateArray().Select(f => f.GetInt32()));
    }

    private static async Task<JsonElement> Run(Rig rig, ServicePlan service)
    {
        var (script, file) = (Path.Combine(rig.Directory, "tell.py"), Path.Combine(Path.GetTempPath(), $"told-{Guid.NewGuid():N}"));
        File.WriteAllText(script, Tell);
        var generation = rig.Start(service with { Command = ["/usr/bin/python3", "-S", script, file] });
        var exit = await generation.Exited.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(exit.Clean, exit.ToString());
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        File.Delete(file);
        return json.RootElement.Clone();
    }
}
