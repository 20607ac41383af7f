using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>A configuration of which rsyslogd complains, and with which it serves all the same.</summary>
public class FirstStartTests
{
    [RootFact]
    public async Task A_host_is_not_left_without_logging_for_a_complaint_and_a_reload_is_blocked()
    {
        var (folder, port) = (Temp.Folder(), Ports.Next());
        var conf = Path.Combine(folder, "rsyslog.conf");
        File.WriteAllText(conf, $"""
            global(workDirectory="{folder}")
            module(load="there_is_none")
            module(load="imtcp")
            input(type="imtcp" address="127.0.0.1" port="{port}")
            action(type="omfile" file="{folder}/out")

            """);
        await using var engine = await LiveEngine.Start(
            $"version: v1\nservice: {{ name: NAME, command: [/usr/sbin/rsyslogd, -n, -f, {conf}] }}\norchestration: {{ canary: {{ soak_time: 10ms }} }}\n", folder);
        var start = Assert.Single(await engine.Records());
        Assert.Equal(Verdict.Succeeded, start.Verdict);
        Assert.Contains("serves, although pre_flight \"rsyslogd -N1\": exit code 1", start.Message, StringComparison.Ordinal);
        Assert.Contains(start.Phases, phase => phase is { Name: "pre_flight", Outcome: "failed" });
        using (var client = new System.Net.Sockets.TcpClient("127.0.0.1", port))
        {
            client.GetStream().Write("<13>h t: said\n"u8);
        }

        await Temp.Until(() => File.Exists($"{folder}/out") && File.ReadAllText($"{folder}/out").Contains("said", StringComparison.Ordinal), "it is logged");
        Assert.Equal(Verdict.Blocked, (await engine.Reload()).Verdict);
    }

    [RootFact]
    public void Whoever_starts_it_in_the_background_is_warned()
    {
        var (folder, name) = (Temp.Folder(), LiveEngine.NewName());
        try
        {
            File.WriteAllText($"{folder}/a.yaml", $$"""
                version: v1
                service: { name: {{name}}, command: [/bin/sleep, "1000"] }
                orchestration: { pre_flight: [{ name: lint, command: [/bin/false] }] }
                observability: { metrics_port: "off" }
                history: { directory: {{folder}}/history }
                """);
            var (code, _, error) = Shell.Run(LiveEngine.Program, "start", $"{folder}/a.yaml", "--detach");
            Assert.Equal(ExitCode.Done, code);
            Assert.Matches("^warning: generation 1 .* serves, although pre_flight \"lint\": exit code 1\n$", error);
        }
        finally
        {
            Shell.Run(LiveEngine.Program, "stop", name);
            Directory.Delete(folder, recursive: true);
        }
    }
}
