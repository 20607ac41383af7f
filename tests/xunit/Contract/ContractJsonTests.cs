using System.Text.Json;
using Aeterna.Contract;
using Xunit;

namespace Aeterna.Tests.Contract;

/// <summary>Generated JSON code sets what is absent to null, whatever the property starts with; the records must not pass that on.</summary>
public sealed class ContractJsonTests
{
    [Fact]
    public void Absent_lists_are_empty()
    {
        var status = JsonSerializer.Deserialize(
            """
            {"service":"s","fsm_state":"RUNNING","uptime":"1s","last_handover":{"status":"none"},"engine_version":"1","config_path":"/a",
             "soak":{"started_at":"2026-11-22T12:00:00Z","ends_at":"2026-11-22T12:00:00Z"},
             "last_reload":{"id":"a","service":"s","kind":"start","requested_by":"x","requested_at":"2026-11-22T12:00:00Z"}}
            """,
            ContractJson.Default.StatusReport)!;

        Assert.Empty(status.Warnings);
        Assert.Empty(status.Generations);
        Assert.Empty(status.Listeners);
        Assert.Empty(status.Soak!.Probes);
        Assert.Empty(status.LastReload!.Command);
        Assert.Empty(status.LastReload.Phases);
        var listener = JsonSerializer.Deserialize("""{"name":"a","address":"b","handoff":"c","state":"d"}""", ContractJson.Default.ListenerReport)!;
        Assert.Empty(listener.Generations);
    }

    [Fact]
    public void A_problem_without_a_type_is_about_blank() =>
        Assert.Equal("about:blank", JsonSerializer.Deserialize("""{"title":"t","status":1,"detail":"d","code":"c"}""", ContractJson.Default.Problem)!.Type);
}
