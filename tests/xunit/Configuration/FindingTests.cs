using Aeterna.Configuration.Profiles;
using Aeterna.Tests.Configuration.Support;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>YAML that is sound and still no configuration: each finding with its place, its words and its hint.</summary>
public class FindingTests
{
    [Theory]
    // Keys.
    [InlineData("orchestartion: {}", "5:1 unknown_key", "unknown key \"orchestartion\"", "did you mean orchestration?")]
    [InlineData("orchestration:\n  drain:\n    time_out: 5s", "7:5 unknown_key", "orchestration.drain: unknown key", "did you mean timeout?")]
    [InlineData("orchestration: { canary: { soakTime: 5s } }", "5:28 unknown_key", "soakTime", "did you mean soak_time?")]
    [InlineData("orchestration: { health_check: {} }", "5:18 unknown_key", "health_check", "did you mean orchestration.canary.health_check?")]
    [InlineData("history: { colour: red }", "5:12 unknown_key", "colour", "known here: keep, directory")]
    [InlineData("<<: {}", "5:1 unknown_key", "<<", "no merge key")]
    [InlineData("version: v1", "5:1 duplicate_key", "given before, in line 1", "remove one")]
    [InlineData("history: { keep: 1, keep: 2 }", "5:21 duplicate_key", "history: the key \"keep\"", "remove one")]
    [InlineData("? [a]\n: 1", "5:3 bad_key", "a list", null)]
    [InlineData("~: 1", "5:1 unknown_key", "~", "known here")]
    // Missing and null.
    [InlineData("orchestration: { pre_flight: [{ name: a }] }", "5:31 missing_key", "orchestration.pre_flight[0].command is missing", "for example command: [")]
    [InlineData("history:", "5:9 null_value", "history: expected a mapping", "remove the key")]
    [InlineData("history: { keep: ~ }", "5:18 null_value", "found nothing", "give it a value")]
    [InlineData("history: { keep: }", "5:18 null_value", "found nothing", "give it a value")]
    // Types.
    [InlineData("history: 5", "5:10 wrong_type", "history: expected a mapping (keys with values) such as keep, found the number 5", null)]
    [InlineData("history: [1]", "5:10 wrong_type", "found a list", null)]
    [InlineData("history: { keep: many }", "5:18 bad_value", "expected a whole number from 1 to 1000000, found the text \"many\"", null)]
    [InlineData("history: { keep: 0 }", "5:18 bad_value", "expected a whole number from 1", null)]
    [InlineData("history: { keep: 1.5 }", "5:18 bad_value", "found the number 1.5", null)]
    [InlineData("history: { keep: 99999999999999999999 }", "5:18 bad_value", "found the number 99999999999999999999", null)]
    [InlineData("history: { keep: true }", "5:18 wrong_type", "found true", null)]
    [InlineData("history: { keep: [1] }", "5:18 wrong_type", "found a list", null)]
    [InlineData("control: { allow_plaintext: yes }", "5:29 wrong_type", "expected true or false, found the text \"yes\"", "write true")]
    [InlineData("control: { allow_plaintext: Off }", "5:29 wrong_type", "expected true or false", "write false")]
    [InlineData("control: { allow_plaintext: \"true\" }", "5:29 wrong_type", "found the text \"true\"", "write true")]
    [InlineData("control: { allow_plaintext: 1 }", "5:29 wrong_type", "found the number 1", "write true")]
    [InlineData("orchestration: { pre_flight: { name: a } }", "5:30 wrong_type", "expected a list of commands", null)]
    [InlineData("orchestration: { pre_flight: [{ name: 5, command: [/bin/true] }] }", "5:39 wrong_type", "found the number 5", "write \"5\"")]
    [InlineData("orchestration: { pre_flight: [{ name: a, command: /bin/true }] }", "5:51 wrong_type", "a list with a program", "[a, b]")]
    [InlineData("orchestration: { pre_flight: [{ name: a, command: [] }] }", "5:51 wrong_type", "found an empty list", null)]
    [InlineData("orchestration: { pre_flight: [{ name: a, command: [./x] }] }", "5:52 bad_value", "an absolute path, or a name", null)]
    [InlineData("orchestration: { pre_flight: [{ name: a, command: [/x, \"a\\0b\"] }] }", "5:56 bad_value", "command[1]", null)]
    // Durations.
    [InlineData("orchestration: { drain: { timeout: 30 } }", "5:36 bad_duration", "orchestration.drain.timeout: expected a duration such as 500ms, 30s or 1m30s", "did you mean 30s?")]
    [InlineData("orchestration: { drain: { timeout: -5s } }", "5:36 bad_duration", "found the text \"-5s\"", null)]
    [InlineData("orchestration: { drain: { timeout: 1.5s } }", "5:36 bad_duration", "found the text \"1.5s\"", null)]
    [InlineData("orchestration: { drain: { timeout: 30S } }", "5:36 bad_duration", "expected a duration", null)]
    [InlineData("orchestration: { drain: { timeout: 30s1m } }", "5:36 bad_duration", "expected a duration", null)]
    [InlineData("orchestration: { drain: { timeout: \"\" } }", "5:36 bad_duration", "expected a duration", null)]
    [InlineData("orchestration: { drain: { timeout: 1001h } }", "5:36 bad_duration", "at most 1000h", null)]
    [InlineData("orchestration: { drain: { timeout: 99999999999999999999h } }", "5:36 bad_duration", "at most 1000h", null)]
    [InlineData("orchestration: { startup: { timeout: 0s } }", "5:38 bad_duration", "longer than zero", null)]
    // Words and numbers with units.
    [InlineData("orchestration: { strategy: canry }", "5:28 bad_value", "expected canary, immediate or hot-relay", "did you mean canary?")]
    [InlineData("observability: { log_level: warn }", "5:29 bad_value", "trace, debug, info, warning or error", "did you mean warning?")]
    [InlineData("orchestration: { canary: { weight: 10 } }", "5:36 wrong_type", "a percentage from 1% to 99%", "did you mean 10%?")]
    [InlineData("orchestration: { canary: { weight: 0% } }", "5:36 bad_value", "a percentage", null)]
    [InlineData("orchestration: { canary: { weight: 100% } }", "5:36 bad_value", "a percentage", null)]
    [InlineData("orchestration: { canary: { limits: { rss: 2 } } }", "5:43 wrong_type", "a multiple", "did you mean 2x?")]
    [InlineData("orchestration: { canary: { limits: { rss: 0.5x } } }", "5:43 bad_value", "from 1x", null)]
    [InlineData("orchestration: { drain: { signal: SIGTREM } }", "5:35 bad_value", "a signal such as SIGTERM, TERM or 15", "did you mean SIGTERM?")]
    [InlineData("orchestration: { drain: { signal: 65 } }", "5:35 bad_value", "a signal", null)]
    [InlineData("orchestration: { drain: { signal: 0 } }", "5:35 bad_value", "a signal", null)]
    [InlineData("orchestration: { state_handoff: { max_bytes: 64K } }", "5:46 bad_size", "a size in bytes such as 64KiB", "units are")]
    [InlineData("orchestration: { state_handoff: { max_bytes: 9999999999TiB } }", "5:46 bad_size", "a size", null)]
    [InlineData("orchestration: { state_handoff: { max_bytes: 0 } }", "5:46 bad_size", "a size", null)]
    [InlineData("orchestration: { state_handoff: { socket_path: srp.sock } }", "5:48 bad_value", "an absolute path", null)]
    // Addresses.
    [InlineData("observability: { metrics_port: 70000 }", "5:32 bad_address", "metrics_port: expected \":PORT\"", null)]
    [InlineData("observability: { metrics_port: \":0\" }", "5:32 bad_address", "or off", null)]
    [InlineData("observability: { metrics_port: \"example.com:1\" }", "5:32 bad_address", "ADDRESS:PORT", null)]
    [InlineData("observability: { metrics_port: false }", "5:32 bad_address", "or off, found false", null)]
    [InlineData("orchestration: { canary: { health_check: { http_get: \"ftp://x/\" } } }", "5:54 bad_value", "a URL such as", null)]
    [InlineData("orchestration: { canary: { health_check: { http_get: \"http://\" } } }", "5:54 bad_value", "a URL such as", null)]
    [InlineData("orchestration: { canary: { health_check: { tcp_connect: \"tcp://localhost:514\" } } }", "5:57 bad_address", "an address such as", "did you mean tcp://127.0.0.1:514?")]
    public void A_value_or_key_that_is_wrong(string tail, string mark, string message, string? hint) =>
        Refused(Yaml.Minimal + tail + "\n", mark, message, hint);

    [Theory]
    [InlineData("service: { name: a, command: [b] }", "1:1 missing_key", "version is missing", "for example version: v1")]
    [InlineData("version: v1", "1:1 missing_key", "service is missing", null)]
    [InlineData("version: v2\nservice: { name: a, command: [b] }", "1:10 bad_value", "\"v1\"", "version v1")]
    [InlineData("version: 2\nservice: { name: a, command: [b] }", "1:10 bad_value", "\"v1\"", "version v1")]
    [InlineData("version: v1\nservice: { command: [b] }", "2:1 missing_key", "service.name is missing", "for example name: rsyslogd")]
    [InlineData("version: v1\nservice: { name: a }", "2:1 missing_key", "service.command is missing", null)]
    [InlineData("version: v1\nservice: { name: a/b, command: [b] }", "2:18 bad_value", "a name of 1 to 64", null)]
    [InlineData("version: v1\nservice: { name: .a, command: [b] }", "2:18 bad_value", "a name of 1 to 64", null)]
    [InlineData("version: v1\nservice: { name: \"a\\n\", command: [b] }", "2:18 bad_value", "a\\n", null)]
    [InlineData("version: v1\nservice: { name: \"\", command: [b] }", "2:18 bad_value", "a name of 1 to 64", null)]
    [InlineData("version: v1\nservice: { name: a, command: [b], env: [\"1A=b\"] }", "2:41 bad_value", "an assignment", null)]
    [InlineData("version: v1\nservice: { name: a, command: [b], env: { A: b } }", "2:40 wrong_type", "a list of assignments", null)]
    [InlineData("version: v1\nservice: { name: a, command: [b], umask: 088 }", "2:42 bad_value", "an octal mask", null)]
    [InlineData("version: v1\nservice: { name: a, command: [b], umask: 1022 }", "2:42 bad_value", "an octal mask", null)]
    [InlineData("version: v1\nservice: { name: a, command: [b], limits: { nofiles: 5 } }", "2:45 unknown_key", "service.limits", "did you mean nofile?")]
    [InlineData("version: v1\nservice: { name: a, command: [b], limits: { nofile: \"9:5\" } }", "2:53 bad_value", "soft not above hard", null)]
    [InlineData("version: v1\nservice: { name: a, command: [b], limits: { nofile: -1 } }", "2:53 bad_value", "a limit", null)]
    public void A_service_that_is_wrong(string text, string mark, string message, string? hint) => Refused(text, mark, message, hint);

    [Fact]
    public void A_profile_that_there_is_not()
    {
        List<string> names = ["auto", .. ProfileList.Names];
        Refused(
            "version: v1\nservice: { name: a, command: [b], profile: ngnix }", "2:44 bad_value", $"{string.Join(", ", names[..^1])} or {names[^1]}", "did you mean nginx?");
        Assert.Contains("rsyslog", names);
    }

    [Fact]
    public void Every_finding_is_reported_and_in_the_order_of_the_file()
    {
        var marks = Yaml.Marks("""
            version: v3
            service:
              name: a b
              comand: [x]
              listeners:
                - { name: a, address: "tcp://x:1" }
                - { name: a, address: "tcp://127.0.0.1:1", receive_buffer: 5KB }
            orchestration:
              drain: { timeout: 5 }
              canary: { health_check: {}, soak_time: [] }
            """);
        Assert.Equal(
            [
                "1:10 bad_value", "2:1 missing_key", "3:9 bad_value", "4:3 unknown_key", "6:27 bad_address", "7:9 conflict", "7:64 bad_size",
                "9:21 bad_duration", "10:13 conflict", "10:42 wrong_type",
            ],
            marks);
    }

    [Fact]
    public void A_finding_reads_as_a_compiler_prints_it()
    {
        var finding = Assert.Single(Yaml.Load(Yaml.Minimal + "history: { kep: 1 }\n").Findings);
        Assert.Equal($"{finding.File}:5:12: error: history: unknown key \"kep\" (did you mean keep?)", finding.ToString());
    }

    private static void Refused(string text, string mark, string message, string? hint)
    {
        var result = Yaml.Load(text);
        var finding = Assert.Single(result.Findings);
        Assert.Null(result.Plan);
        Assert.Equal(mark, $"{finding.Line}:{finding.Column} {finding.Code}");
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        if (hint is null)
        {
            Assert.DoesNotContain("did you mean", finding.Hint ?? "", StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains(hint, finding.Hint, StringComparison.Ordinal);
        }
    }
}
