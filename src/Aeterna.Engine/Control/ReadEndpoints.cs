using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Aeterna.Contract;
using Aeterna.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Aeterna.Control;

/// <summary>The pages that change nothing.</summary>
internal sealed class ReadEndpoints(ControlParts parts)
{
    internal static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods(Routes.Metrics, Reading, Metrics);
        routes.MapMethods(Routes.Health, Reading, Health);
        routes.MapMethods(Routes.Status, Reading, Status);
        routes.MapMethods(Routes.Reloads, Reading, Reloads);
        routes.MapMethods(Routes.Reloads + "/{id}", Reading, Reload);
    }

    internal static Task WriteJson<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json";
        return Write(context, JsonSerializer.SerializeToUtf8Bytes(value, type));
    }

    private Task Metrics(HttpContext context)
    {
        context.Response.ContentType = EngineInstruments.ContentType;
        return Write(context, parts.Instruments.Page(parts.Orchestrator.Status()));
    }

    private Task Health(HttpContext context)
    {
        var status = parts.Orchestrator.Status();
        if (status.CurrentPid == 0)
        {
            return Problems.Write(context, Problems.Make(
                503, ProblemCode.NotServing, $"{status.Service} is not served: its state is {status.FsmState} (aeterna status -n {status.Service})"));
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        return Write(context, "ok\n"u8.ToArray());
    }

    private Task Status(HttpContext context)
    {
        var status = parts.Orchestrator.Status();
        return WriteJson(context, status with { Warnings = [.. status.Warnings.Union(parts.Notices.All())] }, ContractJson.Default.StatusReport);
    }

    private Task Reloads(HttpContext context)
    {
        var records = parts.Journal.Records();
        if (!context.Request.Query.TryGetValue("limit", out var asked))
        {
            return WriteJson(context, records, ContractJson.Default.IReadOnlyListReloadRecord);
        }

        return int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0
            ? WriteJson(context, [.. records.Take(limit)], ContractJson.Default.IReadOnlyListReloadRecord)
            : Problems.Write(context, Problems.Make(
                400, ProblemCode.BadRequest, "cannot read the history: limit is not a whole number above 0 (as in ?limit=10)"));
    }

    private Task Reload(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        return (parts.Orchestrator.Queued(id) ?? parts.Journal.Find(id)) is { } record
            ? WriteJson(context, record, ContractJson.Default.ReloadRecord)
            : Problems.Write(context, Problems.Make(
                404, ProblemCode.NoSuchReload, $"cannot show {id}: the history has no such record (GET {Routes.Reloads} lists them)"));
    }

    private static Task Write(HttpContext context, byte[] body)
    {
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
