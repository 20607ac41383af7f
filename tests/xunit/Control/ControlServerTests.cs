using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Aeterna.Contract;
using Aeterna.Orchestration;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Control;

public sealed class ControlServerTests : IAsyncLifetime
{
    private ControlRig _rig = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        _rig = await ControlRig.Start();
        _http = _rig.OverSocket();
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _rig.DisposeAsync();
    }

    [Fact]
    public async Task Status_is_the_orchestrators_with_the_engines_own_warnings()
    {
        _rig.Orchestrator.Now = Samples.Status() with { Warnings = ["state_handoff is not done yet"] };
        _rig.Notices.Set("x", "the port is taken");

        var status = await _http.GetFromJsonAsync(Routes.Status, ContractJson.Default.StatusReport);

        Assert.Equal("RUNNING", status!.FsmState);
        Assert.Equal(["state_handoff is not done yet", "the port is taken"], status.Warnings);
        using var json = JsonDocument.Parse(await _http.GetStringAsync(Routes.Status));
        Assert.Equal(100, json.RootElement.GetProperty("current_pid").GetInt32());
        Assert.Equal("none", json.RootElement.GetProperty("last_handover").GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(FsmState.Running, 200)]
    [InlineData(FsmState.Soaking, 200)]
    [InlineData(FsmState.Pending, 503)]
    [InlineData(FsmState.Failed, 503)]
    public async Task Health_says_whether_a_generation_serves(string state, int expected)
    {
        _rig.Orchestrator.Now = Samples.Status(state);
        using var response = await _http.GetAsync(Routes.Health);

        Assert.Equal(expected, (int)response.StatusCode);
        if (expected == 503)
        {
            await AssertProblem(response, 503, ProblemCode.NotServing);
        }
    }

    [Fact]
    public async Task Metrics_are_in_the_format()
    {
        using var response = await _http.GetAsync(Routes.Metrics);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var families = PrometheusParser.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(1, families["aeterna_up"].Samples.Single().Value);

        await _http.GetAsync("/no/such/page/" + Guid.NewGuid());
        families = PrometheusParser.Parse(await _http.GetStringAsync(Routes.Metrics));
        Assert.Equal(["/metrics", "other"], families["aeterna_http_requests_total"].Samples.Select(s => s.Labels["route"]).Order());
    }

    [Fact]
    public async Task The_history_is_listed_newest_first_and_one_by_one()
    {
        _rig.Journal.Save(Samples.Record("a"));
        _rig.Journal.Save(Samples.Record("b", Verdict.RolledBack));

        Assert.Equal(["b", "a"], (await _http.GetFromJsonAsync(Routes.Reloads, ContractJson.Default.IReadOnlyListReloadRecord))!.Select(r => r.Id));
        Assert.Equal(["b"], (await _http.GetFromJsonAsync(Routes.Reloads + "?limit=1", ContractJson.Default.IReadOnlyListReloadRecord))!.Select(r => r.Id));
        Assert.Equal("rolled_back", (await _http.GetFromJsonAsync(Routes.Reloads + "/b", ContractJson.Default.ReloadRecord))!.Verdict);
        await AssertProblem(await _http.GetAsync(Routes.Reloads + "/c"), 404, ProblemCode.NoSuchReload);
        await AssertProblem(await _http.GetAsync(Routes.Reloads + "?limit=0"), 400, ProblemCode.BadRequest);
        await AssertProblem(await _http.GetAsync(Routes.Reloads + "?limit=many"), 400, ProblemCode.BadRequest);
    }

    [Fact]
    public async Task A_reload_is_taken_with_reason_and_caller()
    {
        using var response = await Post(Routes.Reload, """{"reason":"new rules","force":true}""");

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("r1", (await response.Content.ReadFromJsonAsync(ContractJson.Default.Accepted))!.Id);
        Assert.Equal("/v1/reloads/r1", response.Headers.Location!.ToString());
        var (call, by) = Assert.Single(_rig.Orchestrator.Calls);
        Assert.Equal("reload reason=new rules force=True", call);
        Assert.Matches($@"^uid \d+( \(\S+\))? pid {Environment.ProcessId}$", by);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"unknown":1}""")]
    public async Task A_reload_needs_no_body(string body)
    {
        Assert.Equal(HttpStatusCode.Accepted, (await Post(Routes.Reload, body)).StatusCode);
        Assert.Equal("reload reason= force=False", _rig.Orchestrator.Calls.Single().Call);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"force":"yes"}""")]
    [InlineData("reason=x")]
    [InlineData("\0\u0001")]
    public async Task A_body_that_is_not_understood_changes_nothing(string body)
    {
        foreach (var route in new[] { Routes.Reload, Routes.Stop })
        {
            // To a stop "force" is just unknown.
            if (route == Routes.Reload || !body.Contains("force", StringComparison.Ordinal))
            {
                await AssertProblem(await Post(route, body), 400, ProblemCode.BadRequest);
            }
        }

        Assert.Empty(_rig.Orchestrator.Calls);
    }

    [Theory]
    [InlineData(409, ProblemCode.ReloadBusy)]
    [InlineData(422, ProblemCode.ConfigInvalid)]
    [InlineData(409, ProblemCode.Stopping)]
    [InlineData(409, ProblemCode.NothingToUndo)]
    [InlineData(409, ProblemCode.NothingToPromote)]
    [InlineData(409, ProblemCode.SignalRefused)]
    [InlineData(400, ProblemCode.BadRequest)]
    [InlineData(503, ProblemCode.NotServing)]
    public async Task What_the_orchestrator_refuses_is_passed_on_whole(int status, string code)
    {
        var finding = new Finding { Severity = "error", File = "a.yaml", Line = 3, Column = 5, Code = "unknown_key", Message = "unknown key" };
        _rig.Orchestrator.OnReload = _ => new RequestOutcome(null, new Refusal(code, "cannot reload rsyslogd: because") { ReloadId = "r7", Findings = [finding] });

        var problem = await AssertProblem(await Post(Routes.Reload, ""), status, code);

        Assert.Equal("r7", problem.ReloadId);
        Assert.Equal(finding, problem.Findings!.Single());
    }

    [Fact]
    public async Task Rollback_promote_and_stop_are_taken_or_refused()
    {
        Assert.Equal(HttpStatusCode.Accepted, (await Post(Routes.Rollback, "")).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await Post(Routes.Promote, "")).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await Post(Routes.Stop, """{"now":true}""")).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await Post(Routes.Stop, "")).StatusCode);
        Assert.Equal(["rollback", "promote", "stop now=True", "stop now=False"], _rig.Orchestrator.Calls.Select(c => c.Call));

        _rig.Orchestrator.OnRollback = () => FakeOrchestrator.Refused(ProblemCode.NothingToUndo, "cannot roll back: there is nothing to go back to");
        await AssertProblem(await Post(Routes.Rollback, ""), 409, ProblemCode.NothingToUndo);
        _rig.Orchestrator.OnPromote = () => FakeOrchestrator.Refused(ProblemCode.NothingToPromote, "cannot promote: no reload is under way");
        await AssertProblem(await Post(Routes.Promote, ""), 409, ProblemCode.NothingToPromote);
    }

    [Theory]
    [InlineData("GET", "/nothing", 404, ProblemCode.NotFound)]
    [InlineData("GET", "/", 404, ProblemCode.NotFound)]
    [InlineData("GET", "/v1/reload", 405, ProblemCode.MethodNotAllowed)]
    [InlineData("POST", "/v1/status", 405, ProblemCode.MethodNotAllowed)]
    [InlineData("DELETE", "/v1/reloads/a", 405, ProblemCode.MethodNotAllowed)]
    [InlineData("OPTIONS", "/metrics", 405, ProblemCode.MethodNotAllowed)]
    public async Task What_the_framework_refuses_is_a_problem_too(string method, string path, int status, string code)
    {
        var problem = await AssertProblem(await _http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path)), status, code);
        Assert.StartsWith($"cannot answer {method} {path}", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_engine_answers_500_without_a_stack_trace()
    {
        _rig.Orchestrator.OnStatus = () => throw new InvalidOperationException("secret detail");

        var problem = await AssertProblem(await _http.GetAsync(Routes.Status), 500, ProblemCode.Internal);

        Assert.DoesNotContain("secret", problem.Detail, StringComparison.Ordinal);
        _rig.Orchestrator.OnStatus = null;
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync(Routes.Status)).StatusCode);
    }

    [Theory]
    [InlineData(Routes.Metrics)]
    [InlineData(Routes.Health)]
    [InlineData(Routes.Status)]
    [InlineData(Routes.Reloads)]
    [InlineData(Routes.Events)]
    public async Task HEAD_is_GET_without_a_body(string route)
    {
        using var response = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Head, route));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task It_does_not_say_what_it_is_made_of()
    {
        using var response = await _http.GetAsync(Routes.Status);

        Assert.False(response.Headers.Contains("Server"));
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
    }

    private async Task<HttpResponseMessage> Post(string route, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await _http.PostAsync(route, content);
    }

    private static async Task<Problem> AssertProblem(HttpResponseMessage response, int status, string code)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync(ContractJson.Default.Problem);
        Assert.Equal((status, status, code), ((int)response.StatusCode, problem!.Status, problem.Code));
        return problem;
    }
}
