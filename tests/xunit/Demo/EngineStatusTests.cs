using System.Text.Json;
using Aeterna.Contract;
using Aeterna.Demo;
using Xunit;

namespace Aeterna.Tests.Demo;

public class EngineStatusTests
{
    [Fact]
    public void Reads_what_the_contract_writes()
    {
        var status = new StatusReport
        {
            Service = "x",
            FsmState = FsmState.Soaking,
            CurrentPid = 11,
            CandidatePid = 12,
            EnginePid = 13,
            Uptime = "1s",
            LastHandover = HandoverReport.None,
            EngineVersion = "0",
            ConfigPath = "/x",
            LastReload = new ReloadRecord
            {
                Id = "1",
                Service = "x",
                Kind = "reload",
                RequestedBy = "engine",
                RequestedAt = DateTimeOffset.UnixEpoch,
                Verdict = Verdict.RolledBack,
                Message = "it died",
            },
        };
        var read = EngineStatus.Parse(JsonSerializer.Serialize(status, ContractJson.Default.StatusReport));
        Assert.Equal(new EngineStatus("SOAKING", 11, 12, 13, "rolled_back", "it died"), read);
    }

    [Fact]
    public void Reads_a_status_without_a_candidate_and_without_a_reload()
    {
        var read = EngineStatus.Parse("""{"fsm_state":"RUNNING","current_pid":5,"engine_pid":4}""");
        Assert.Equal(new EngineStatus("RUNNING", 5, null, 4, null, null), read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"fsm_state\":5}")]
    public void Takes_nothing_else_for_a_status(string text) => Assert.Null(EngineStatus.Parse(text));
}
