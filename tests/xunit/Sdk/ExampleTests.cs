using System.Net;
using System.Text.Json;
using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Sdk;

/// <summary>The examples that are written with the SDKs, through real reloads: nothing is forgotten.</summary>
public class ExampleTests
{
    [RootFact]
    public async Task The_python_agent_remembers_what_was_said_and_its_cache_of_100_MB()
    {
        var port = Ports.Next();
        await using var engine = await LiveEngine.Start($$"""
            version: "v1"
            service:
              name: "NAME"
              command: ["/usr/bin/env", "python3", "{{Repository.File("examples", "python-agent", "agent.py")}}", "{{port}}", "100000000"]
              listeners: [{ name: http, address: "tcp://127.0.0.1:{{port}}", handoff: inherit }]
            orchestration: { strategy: immediate, state_handoff: { enabled: true, timeout: 60s } }
            """);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(60) };
        await Say(http, "my name is Ada");
        var before = await State(http);

        using var enough = new CancellationTokenSource();
        var talk = Talk(http, enough.Token);
        for (var reload = 0; reload < 2; reload++)
        {
            var record = await engine.Reload();
            Assert.Equal((Verdict.Succeeded, "success"), (record.Verdict, record.Handover!.Status));
            Assert.True(record.Handover.SizeBytes >= 99_000_000, record.Handover.Detail);
        }

        await enough.CancelAsync();
        var said = await talk;
        var after = await State(http);
        Assert.Equal(3, after.GetProperty("generation").GetInt32());
        Assert.NotEqual(before.GetProperty("pid").GetInt32(), after.GetProperty("pid").GetInt32());
        Assert.Equal(before.GetProperty("cache_sha256").GetString(), after.GetProperty("cache_sha256").GetString());
        var remembered = after.GetProperty("conversation").EnumerateArray().Select(e => e.GetString()!).ToList();
        Assert.Equal("my name is Ada", remembered[0]);

        // While both serve, the kernel chooses who hears what, so the order can change there; nothing is missing, and nothing is there twice.
        Assert.Equal(
            Enumerable.Range(0, said).Select(i => $"{i}").Order(StringComparer.Ordinal),
            remembered.Skip(1).Order(StringComparer.Ordinal));
    }

    [RootTheory]
    [InlineData(Counting.Immediate)]
    [InlineData(Counting.SplitSoak)]
    public async Task The_C_counter_goes_on_counting(string orchestration)
    {
        var folder = Temp.Folder();
        Assert.Equal("", Gcc.Compile(
            File.ReadAllText(Repository.File("examples", "c-counter", "counter.c")), VectorTests.CompileSdk(Path.Combine(folder, "counter"))));
        await Counting.GoesOn([Path.Combine(folder, "counter")], orchestration, folder);
    }

    [RootTheory]
    [InlineData(Counting.Immediate)]
    [InlineData(Counting.SplitSoak)]
    public Task The_CSharp_counter_goes_on_counting(string orchestration) =>
        Counting.GoesOn([Path.Combine(AppContext.BaseDirectory, "csharp-counter")], orchestration);

    private static async Task Say(HttpClient http, string text)
    {
        using var content = new StringContent(text);
        using var answer = await http.PostAsync("/say", content);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>Goes on talking through the reloads, as fast as it is answered; returns how much was said. None of it may fail.</summary>
    private static async Task<int> Talk(HttpClient http, CancellationToken enough)
    {
        var said = 0;
        while (!enough.IsCancellationRequested)
        {
            await Say(http, $"{said++}");
        }

        return said;
    }

    private static async Task<JsonElement> State(HttpClient http) => JsonDocument.Parse(await http.GetStringAsync("/state")).RootElement;
}
