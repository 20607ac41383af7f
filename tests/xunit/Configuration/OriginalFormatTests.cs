using System.Net;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Configuration.Support;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>The file of the original format, word for word as the design has it, keeps its meaning.</summary>
public class OriginalFormatTests
{
    private static readonly string _text = File.ReadAllText(Yaml.FileOf("original.yaml"));
    private readonly Plan _plan = Yaml.Plan(_text);

    [Fact]
    public void The_service_is_read()
    {
        Assert.Equal("rsyslogd", _plan.Service.Name);
        Assert.Equal(["/usr/sbin/rsyslogd", "-n", "-f", "/etc/rsyslog.conf"], _plan.Service.Command);
        Assert.Equal(["RSYSLOGD_CONFIG=/etc/rsyslog.conf"], _plan.Service.Env);
        Assert.Equal("/usr/sbin/rsyslogd", _plan.Service.BinaryPath);
        Assert.Equal("rsyslog", _plan.Service.Profile.Name);
        Assert.Empty(_plan.Service.Listeners);
    }

    [Fact]
    public void The_pre_flight_and_the_hooks_are_read()
    {
        var hook = Assert.Single(_plan.Orchestration.PreFlight);
        Assert.Equal("Config dry-run", hook.Name);
        Assert.Equal(["/usr/sbin/rsyslogd", "-N1", "-f", "/etc/rsyslog.conf"], hook.Command);
        Assert.Equal(TimeSpan.FromSeconds(5), hook.Timeout);
        Assert.True(hook.BlockOnFail);
        Assert.Empty(_plan.Orchestration.OnSuccess);
        Assert.Empty(_plan.Orchestration.OnFailure);
    }

    [Fact]
    public void The_canary_and_the_drain_are_read()
    {
        var orchestration = _plan.Orchestration;
        Assert.Equal(Strategy.Canary, orchestration.Strategy);
        Assert.Equal(TimeSpan.Zero, orchestration.Startup.WarmupDelay);
        Assert.True(orchestration.Canary.Enabled);
        Assert.Equal(TimeSpan.FromSeconds(30), orchestration.Canary.SoakTime);
        Assert.Equal(new Uri("http://localhost:8080/health"), orchestration.Canary.HealthCheck!.HttpGet);
        Assert.Equal(TimeSpan.FromSeconds(5), orchestration.Canary.HealthCheck.Interval);
        Assert.Equal(TimeSpan.FromSeconds(30), orchestration.Drain.Timeout);
        Assert.Equal(15, orchestration.Drain.Signal);
    }

    [Fact]
    public void The_state_handoff_and_the_observability_are_read()
    {
        var handoff = _plan.Orchestration.StateHandoff;
        Assert.True(handoff.Enabled);
        Assert.Equal("/tmp/rsyslogd_srp.sock", handoff.SocketPath);
        Assert.Equal(TimeSpan.FromSeconds(10), handoff.Timeout);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 9091), _plan.Observability.Metrics);
        Assert.Equal("info", _plan.Observability.LogLevel);
    }

    [Fact]
    public void The_plan_says_where_it_came_from()
    {
        Assert.True(Path.IsPathRooted(_plan.SourcePath));
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(_text));
        Assert.Equal(Convert.ToHexStringLower(hash), _plan.SourceSha256);
    }

    [Theory]
    [InlineData("version: \"v1\"", "version: \"1.0\"")]
    [InlineData("version: \"v1\"", "version: 1.0")]
    [InlineData("strategy: \"canary\"", "strategy: \"hot-relay\"")]
    public void Other_spellings_mean_the_same(string original, string other)
    {
        var plan = Yaml.Plan(Replaced(original, other));
        Assert.Equal(Strategy.Canary, plan.Orchestration.Strategy);
    }

    [Fact]
    public void Immediate_and_a_disabled_canary_are_kept_apart()
    {
        Assert.False(Yaml.Plan(Replaced("enabled: true\n    soak_time", "enabled: false\n    soak_time")).Orchestration.Canary.Enabled);
        var immediate = Yaml.Load(Replaced("strategy: \"canary\"", "strategy: immediate"));
        Assert.Equal(Strategy.Immediate, immediate.Plan!.Orchestration.Strategy);
        Assert.Equal(["warning"], immediate.Findings.Select(finding => finding.Severity));
    }

    private static string Replaced(string original, string other)
    {
        Assert.Contains(original, _text, StringComparison.Ordinal);
        return _text.Replace(original, other, StringComparison.Ordinal);
    }
}
