using System.Text;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Orchestration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Aeterna.Control;

/// <summary>The calls that change something. Each is answered as soon as it is taken or refused.</summary>
internal sealed class ChangeEndpoints(IOrchestrator orchestrator)
{
    /// <summary>Bytes of UTF-8: a reason stays in the history, in the status and on terminals.</summary>
    public const int LongestReason = 1024;

    private static readonly string[] _changing = [HttpMethods.Post];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods(Routes.Reload, _changing, Reload);
        routes.MapMethods(Routes.Rollback, _changing, Rollback);
        routes.MapMethods(Routes.Promote, _changing, Promote);
        routes.MapMethods(Routes.Signal, _changing, Signal);
        routes.MapMethods(Routes.Upgrade, _changing, Upgrade);
        routes.MapMethods(Routes.Stop, _changing, Stop);
    }

    private async Task Reload(HttpContext context)
    {
        var (request, problem) = await RequestBody.Read(
            context, ContractJson.Default.ReloadRequest, """{"reason": "new rules", "force": false}""").ConfigureAwait(false);
        problem ??= TooLong(request!.Reason);
        await (problem is null
            ? Answer(context, await orchestrator.Reload(request!, Caller.Describe(context)).ConfigureAwait(false))
            : Problems.Write(context, problem)).ConfigureAwait(false);
    }

    private async Task Rollback(HttpContext context) =>
        await Answer(context, await orchestrator.Rollback(Caller.Describe(context)).ConfigureAwait(false)).ConfigureAwait(false);

    private async Task Promote(HttpContext context) =>
        await Answer(context, await orchestrator.Promote(Caller.Describe(context)).ConfigureAwait(false)).ConfigureAwait(false);

    private async Task Signal(HttpContext context)
    {
        var (request, problem) = await RequestBody.Read(
            context, ContractJson.Default.SignalRequest, """{"signal": "HUP"}""").ConfigureAwait(false);
        if (problem is not null)
        {
            await Problems.Write(context, problem).ConfigureAwait(false);
            return;
        }

        var outcome = orchestrator.Signal(request!.Signal, Caller.Describe(context));
        await (outcome.Refusal is { } refusal
            ? Problems.Write(context, Problems.Of(refusal))
            : ReadEndpoints.WriteJson(context, outcome.Report!, ContractJson.Default.SignalReport)).ConfigureAwait(false);
    }

    private async Task Upgrade(HttpContext context)
    {
        var (request, problem) = await RequestBody.Read(
            context, ContractJson.Default.UpgradeRequest, """{"program": "/usr/local/bin/aeterna"}""").ConfigureAwait(false);
        problem ??= request!.Program is null || MayName(context) ? null : Problems.Make(
            403, ProblemCode.Forbidden, "cannot upgrade: only root and the engine's user, on its machine, may name the program (leave it out, or use the control socket)");
        if (problem is not null)
        {
            await Problems.Write(context, problem).ConfigureAwait(false);
            return;
        }

        var outcome = await orchestrator.Upgrade(request!, Caller.Describe(context)).ConfigureAwait(false);
        if (outcome.Refusal is { } refusal)
        {
            await Problems.Write(context, Problems.Of(refusal)).ConfigureAwait(false);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await ReadEndpoints.WriteJson(context, outcome.Upgrade!, ContractJson.Default.UpgradeAccepted).ConfigureAwait(false);
    }

    private async Task Stop(HttpContext context)
    {
        var (request, problem) = await RequestBody.Read(
            context, ContractJson.Default.StopRequest, """{"now": false}""").ConfigureAwait(false);
        await (problem is null
            ? Answer(context, await orchestrator.Stop(request!.Now, Caller.Describe(context)).ConfigureAwait(false))
            : Problems.Write(context, problem)).ConfigureAwait(false);
    }

    // A token changes the service, and gives nobody a program of his own choice with the engine's rights.
    private static bool MayName(HttpContext context) => Caller.Peer(context)?.Uid is { } uid && (uid == 0 || uid == Session.EffectiveUser());

    private static Problem? TooLong(string? reason)
    {
        var length = reason is null ? 0 : Encoding.UTF8.GetByteCount(reason);
        return length <= LongestReason ? null : Problems.Make(
            400, ProblemCode.BadRequest, $"cannot reload: the reason has {length} bytes, and {LongestReason} are the most (give a shorter one)");
    }

    private static Task Answer(HttpContext context, RequestOutcome outcome)
    {
        if (outcome.Refusal is { } refusal)
        {
            return Problems.Write(context, Problems.Of(refusal));
        }

        var id = outcome.Id ?? "";
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        if (id.Length > 0)
        {
            context.Response.Headers.Location = $"{Routes.Reloads}/{id}";
        }

        return ReadEndpoints.WriteJson(context, new Accepted { Id = id, Queued = outcome.Queued }, ContractJson.Default.Accepted);
    }
}
