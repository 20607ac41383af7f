using Aeterna.Tests.Configuration.Support;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>Values that are right each by itself and impossible together.</summary>
public class CombinationTests
{
    [Theory]
    [InlineData("canary: { health_check: { interval: 1s } }", "6:13", "nothing to probe")]
    [InlineData("canary: { health_check: { http_get: \"http://localhost/\", command: [a] } }", "6:60", "there is a http_get already")]
    [InlineData("canary: { health_check: { tcp_connect: \"tcp://127.0.0.1:1\", http_get: \"http://localhost/\" } }", "6:29", "there is a http_get already")]
    [InlineData("canary: { traffic: exclusive, weight: 10% }", "6:33", "one generation gets everything")]
    [InlineData("canary: { traffic: sequential, weight: 10% }", "6:34", "one generation gets everything")]
    [InlineData("{ strategy: immediate, canary: { enabled: false, weight: 10% } }", "5:65", "no soak to share traffic in")]
    [InlineData("{ canary: { traffic: sequential }, drain: { keep_warm: 5m } }", "5:60", "gone before the new one starts")]
    [InlineData("drain: { signal: KILL }", "6:12", "no program can answer")]
    [InlineData("drain: { signal: 19 }", "6:12", "no program can answer")]
    [InlineData("state_handoff: { signal: SIGKILL }", "6:20", "no program can answer")]
    [InlineData("state_handoff: { signal: USR2, export: [a] }", "6:20", "either pushed by the old process or read by export")]
    [InlineData("state_handoff: { enabled: false, required: true }", "6:36", "not enabled")]
    public void In_orchestration(string keys, string mark, string message)
    {
        var text = keys.StartsWith('{') ? $"orchestration: {keys}" : $"orchestration:\n  {keys}";
        Refused(Yaml.Minimal + text + "\n", mark, message);
    }

    [Theory]
    [InlineData("{ name: a, address: \"tcp://127.0.0.1:1\" }\n- { name: a, address: \"tcp://127.0.0.1:2\" }", "7:9", "service.listeners[0] has a already")]
    [InlineData("{ name: a, address: \"tcp://127.0.0.1:1\" }\n- { name: b, address: \"tcp://127.0.0.1:1\" }", "7:18", "has tcp://127.0.0.1:1 already")]
    [InlineData("{ name: a, address: \"tcp://127.0.0.1:1\", handoff: shared, framing: line }", "6:65", "only a relayed listener")]
    [InlineData("{ name: a, address: \"tcp://127.0.0.1:1\", handoff: inherit, framing: line }", "6:66", "only a relayed listener")]
    [InlineData("{ name: a, address: \"tcp://127.0.0.1:1\", handoff: inherit, tls: { certificate: /c, key: /k } }", "6:66", "only a relayed listener")]
    [InlineData("{ name: a, address: \"tcp://127.0.0.1:1\", handoff: relay }", "6:48", "needs a framing")]
    [InlineData("{ name: a, address: \"udp://127.0.0.1:1\", handoff: relay }", "6:48", "udp cannot be relayed")]
    [InlineData("{ name: a, address: \"unix:///run/a\", handoff: steered }", "6:44", "only tcp and udp can be steered")]
    [InlineData("{ name: a, address: \"unixgram:///run/a\", framing: line }", "6:48", "need no framing")]
    [InlineData("{ name: a, address: \"udp://127.0.0.1:1\", backlog: 5 }", "6:48", "no accept queue")]
    [InlineData("{ name: a, address: \"unix:///run/a\", framing: line, tls: { certificate: /c, key: /k } }", "6:59", "TLS needs a tcp address")]
    public void In_listeners(string items, string mark, string message)
    {
        var text = Yaml.Minimal + "  listeners:\n    - " + items.Replace("\n", "\n    ", StringComparison.Ordinal);
        Refused(text, mark, message);
    }

    [Theory]
    [InlineData("  env: [A=1, B=2, A=3]", "5:19", "A is set twice")]
    [InlineData("  env: [AETERNA_GENERATION=1]", "5:9", "set by the engine")]
    [InlineData("  env: [NOTIFY_SOCKET=/x]", "5:9", "set by the engine")]
    [InlineData("restart: { backoff: { initial: 2s, max: 1s } }", "5:23", "(2s) is longer than the longest (1s)")]
    [InlineData("restart: { backoff: { initial: 2m } }", "5:23", "(2m) is longer than the longest (30s)")]
    [InlineData("restart: { backoff: { max: 10ms } }", "5:23", "(100ms) is longer than the longest (10ms)")]
    [InlineData("control: { listen: \":9091\" }", "5:12", "has 127.0.0.1:9091 too")]
    [InlineData("control: { listen: \"0.0.0.0:9443\", allow_plaintext: true }", "5:12", "no token for them to show")]
    [InlineData("control: { listen: \"0.0.0.0:9443\", token_file: /t }", "5:12", "in the clear")]
    [InlineData("control: { socket: /run/s }\norchestration: { state_handoff: { socket_path: /run/s } }", "6:35", "control.socket has the same path")]
    public void Elsewhere(string tail, string mark, string message) => Refused(Yaml.Minimal + tail + "\n", mark, message);

    [Theory]
    [InlineData("orchestration: { strategy: immediate, canary: { soak_time: 5s } }", "5:39", "only traffic and switch_timeout count")]
    [InlineData("orchestration: { post_process: { on_success: [{ name: a, command: [b], block_on_fail: false }] } }", "5:72", "over by then")]
    [InlineData("  group: adm", "5:3", "without a user")]
    public void What_has_no_effect_is_warned_of(string tail, string mark, string message)
    {
        var result = Yaml.Load(Yaml.Minimal + tail + "\n");
        var finding = Assert.Single(result.Findings);
        Assert.NotNull(result.Plan);
        Assert.Equal(("warning", mark), (finding.Severity, $"{finding.Line}:{finding.Column}"));
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("control: { listen: \"0.0.0.0:9443\", token_file: /t, tls: { certificate: /c, key: /k } }")]
    [InlineData("control: { listen: \"127.0.0.1:9443\" }")]
    [InlineData("orchestration: { canary: { traffic: split, weight: 10% }, drain: { keep_warm: 5m } }")]
    [InlineData("orchestration: { canary: { traffic: auto, weight: 10% } }")]
    [InlineData("  listeners: [{ name: a, address: \"tcp://0.0.0.0:1\" }, { name: b, address: \"udp://0.0.0.0:1\" }, { name: c, address: \"tcp://[::]:1\" }]")]
    [InlineData("  listeners: [{ name: a, address: \"unixgram:///dev/log\", handoff: relay }]")]
    [InlineData("  profile: rsyslog\n  listeners: [{ name: a, address: \"tcp://0.0.0.0:514\", handoff: relay }]")]
    public void What_goes_together_is_taken(string tail) => Yaml.Plan(Yaml.Minimal + tail + "\n");

    private static void Refused(string text, string mark, string message)
    {
        var result = Yaml.Load(text);
        var finding = Assert.Single(result.Findings);
        Assert.Null(result.Plan);
        Assert.Equal((mark, "conflict"), ($"{finding.Line}:{finding.Column}", finding.Code));
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
    }
}
