using System.Net;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Configuration.Support;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>What the values of the file become.</summary>
public class ValueTests
{
    [Fact]
    public void Everything_left_out_has_the_default_of_its_record()
    {
        var plan = Yaml.Plan(Yaml.Minimal);
        Assert.Equal(new ObservabilityPlan(), plan.Observability);
        Assert.Equal(new ControlPlan(), plan.Control);
        Assert.Equal(new HistoryPlan(), plan.History);
        Assert.Equal(new RestartPlan(), plan.Restart);
        Assert.Equal(new StartupPlan(), plan.Orchestration.Startup);
        Assert.Equal(new CanaryPlan(), plan.Orchestration.Canary);
        Assert.Equal(new DrainPlan(), plan.Orchestration.Drain);
        Assert.Equal(new StateHandoffPlan(), plan.Orchestration.StateHandoff);
        Assert.Equal(Strategy.Canary, plan.Orchestration.Strategy);
        Assert.Same(Profile.None, plan.Service.Profile);
    }

    [Fact]
    public void Empty_sections_change_nothing()
    {
        var plan = Yaml.Plan(Yaml.Minimal + """
            orchestration: { startup: {}, canary: { limits: {} }, drain: {}, post_process: {}, state_handoff: {} }
            observability: {}
            control: {}
            history: {}
            restart: { backoff: {} }
            """);
        Assert.Equal(new CanaryPlan(), plan.Orchestration.Canary);
        Assert.Equal(new StateHandoffPlan(), plan.Orchestration.StateHandoff);
        Assert.Equal(new RestartPlan(), plan.Restart);
    }

    [Theory]
    [InlineData("\":9091\"", "127.0.0.1:9091")]
    [InlineData(":9091", "127.0.0.1:9091")]
    [InlineData("9091", "127.0.0.1:9091")]
    [InlineData("\"9091\"", "127.0.0.1:9091")]
    [InlineData("localhost:9091", "127.0.0.1:9091")]
    [InlineData("0.0.0.0:9091", "0.0.0.0:9091")]
    [InlineData("\"[::1]:9091\"", "[::1]:9091")]
    public void The_metrics_port(string text, string endpoint) =>
        Assert.Equal(IPEndPoint.Parse(endpoint), Yaml.Plan(Yaml.Minimal + $"observability: {{ metrics_port: {text} }}\n").Observability.Metrics);

    [Fact]
    public void The_metrics_port_can_be_off() =>
        Assert.Null(Yaml.Plan(Yaml.Minimal + "observability: { metrics_port: off }\n").Observability.Metrics);

    [Theory]
    [InlineData("1024", 1024, 1024)]
    [InlineData("\"1024\"", 1024, 1024)]
    [InlineData("\"1024:4096\"", 1024, 4096)]
    [InlineData("unlimited", ulong.MaxValue, ulong.MaxValue)]
    [InlineData("\"1024:unlimited\"", 1024, ulong.MaxValue)]
    public void Limits(string text, ulong soft, ulong hard) =>
        Assert.Equal(new LimitPlan(soft, hard), Yaml.Plan(Yaml.Minimal + $"  limits: {{ nofile: {text} }}\n").Service.Limits["nofile"]);

    [Theory]
    [InlineData("022", 18)]
    [InlineData("\"0077\"", 63)]
    [InlineData("0o027", 23)]
    [InlineData("000", 0)]
    public void The_umask_is_octal(string text, int mask) => Assert.Equal(mask, Yaml.Plan(Yaml.Minimal + $"  umask: {text}\n").Service.Umask);

    [Theory]
    [InlineData("SIGQUIT", 3)]
    [InlineData("QUIT", 3)]
    [InlineData("3", 3)]
    [InlineData("\"3\"", 3)]
    [InlineData("SIGSYS", 31)]
    [InlineData("64", 64)]
    public void Signals(string text, int number) =>
        Assert.Equal(number, Yaml.Plan(Yaml.Minimal + $"orchestration: {{ drain: {{ signal: {text} }} }}\n").Orchestration.Drain.Signal);

    [Theory]
    [InlineData("64KiB", 64L << 10)]
    [InlineData("8MiB", 8L << 20)]
    [InlineData("1TiB", 1L << 40)]
    [InlineData("100B", 100)]
    [InlineData("65536", 65536)]
    public void Sizes(string text, long bytes) =>
        Assert.Equal(bytes, Yaml.Plan(Yaml.Minimal + $"orchestration: {{ state_handoff: {{ max_bytes: {text} }} }}\n").Orchestration.StateHandoff.MaxBytes);

    [Fact]
    public void Multiples_and_percentages()
    {
        var canary = Yaml.Plan(Yaml.Minimal + "orchestration: { canary: { weight: 10%, limits: { rss: 2x, cpu: 1.5x } } }\n").Orchestration.Canary;
        Assert.Equal((10, 2.0, 1.5, null), (canary.Weight, canary.RssLimit, canary.CpuLimit, canary.FdsLimit));
    }

    [Theory]
    [InlineData("{}", false)]
    [InlineData("{ socket_path: /run/s }", true)]
    [InlineData("{ signal: USR2 }", true)]
    [InlineData("{ export: [a] }", true)]
    [InlineData("{ socket_path: /run/s, enabled: false }", false)]
    [InlineData("{ enabled: true }", true)]
    public void A_state_handoff_that_says_anything_is_enabled(string section, bool enabled) =>
        Assert.Equal(enabled, Yaml.Plan(Yaml.Minimal + $"orchestration: {{ state_handoff: {section} }}\n").Orchestration.StateHandoff.Enabled);

    [Theory]
    [InlineData("", null)]
    [InlineData(", framing: line", Handoff.Relay)]
    [InlineData(", framing: none", Handoff.Relay)]
    [InlineData(", handoff: inherit", Handoff.Inherit)]
    [InlineData(", handoff: steered", Handoff.Steered)]
    internal void The_handoff_of_a_listener(string keys, Handoff? handoff)
    {
        var plan = Yaml.Plan(Yaml.Minimal + $"  listeners: [{{ name: a, address: \"tcp://127.0.0.1:514\"{keys}, receive_buffer: 1MiB, backlog: 7 }}]\n");
        var listener = Assert.Single(plan.Service.Listeners);
        Assert.Equal((handoff, 1 << 20, 7), (listener.Handoff, listener.ReceiveBuffer, listener.Backlog));
        Assert.Equal("tcp://127.0.0.1:514", listener.Address.ToString());
    }

    [Fact]
    public void Nothing_in_a_value_is_expanded()
    {
        var plan = Yaml.Plan("version: v1\nservice: { name: a, command: [x, \"$HOME\", \"${PATH}\", \"%h\", \"~\", \"`id`\"], env: [\"A=$HOME\"] }\n");
        Assert.Equal(["x", "$HOME", "${PATH}", "%h", "~", "`id`"], plan.Service.Command);
        Assert.Equal(["A=$HOME"], plan.Service.Env);
    }

    [Fact]
    public void Arguments_keep_every_character()
    {
        var plan = Yaml.Plan("version: v1\nservice:\n  name: a\n  command: [sh, -c, \"a\\nb\\t\\u00e9\\U0001F600\", \"\", \"5\", ' # ']\n");
        Assert.Equal(["sh", "-c", "a\nb\té😀", "", "5", " # "], plan.Service.Command);
    }
}
