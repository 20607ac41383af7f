using System.Globalization;
using System.Text.Json;
using Aeterna.Contract;
using Aeterna.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Aeterna.Control;

/// <summary>
/// <c>GET /v1/events</c>: server-sent events as WHATWG's HTML standard defines them. Without <c>Last-Event-ID</c> only what comes
/// is sent; with it also what came after that event, as far as it is remembered; 0 asks for all of that.
/// </summary>
internal sealed class EventEndpoint(IEngineJournal journal, TimeSpan heartbeat, CancellationToken stopping)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapMethods(Routes.Events, ReadEndpoints.Reading, Follow);

    private async Task Follow(HttpContext context)
    {
        if (!TryReadLastId(context, out var lastId))
        {
            await Problems.Write(context, Problems.Make(
                400, ProblemCode.BadRequest, "cannot follow the events: Last-Event-ID is not the id of an event (0 asks for all that are remembered)"))
                .ConfigureAwait(false);
            return;
        }

        context.Response.ContentType = "text/event-stream";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await Send(context.Response, lastId, end).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The engine ends; the stream ends with it.
        }
    }

    private async Task Send(HttpResponse response, long lastId, CancellationTokenSource end)
    {
        await using var events = journal.Follow(lastId, end.Token).GetAsyncEnumerator(end.Token);
        var next = events.MoveNextAsync().AsTask();
        var beat = Task.Delay(heartbeat, end.Token);
        try
        {
            // Headers at once: a client that waits for the first event should know that it is connected.
            await response.Body.FlushAsync(end.Token).ConfigureAwait(false);
            while (true)
            {
                if (await Task.WhenAny(next, beat).ConfigureAwait(false) == beat)
                {
                    await beat.ConfigureAwait(false);
                    beat = Task.Delay(heartbeat, end.Token);
                    await response.WriteAsync(": heartbeat\n\n", end.Token).ConfigureAwait(false);
                }
                else if (await next.ConfigureAwait(false))
                {
                    await response.WriteAsync(Format(events.Current), end.Token).ConfigureAwait(false);
                    next = events.MoveNextAsync().AsTask();
                }
                else
                {
                    return;
                }

                await response.Body.FlushAsync(end.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            // An enumerator must not be disposed while it is moving.
            await end.CancelAsync().ConfigureAwait(false);
            await Task.WhenAny(next).ConfigureAwait(false);
        }
    }

    private static string Format(EventReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"id: {report.Id}\nevent: {report.Type}\ndata: {JsonSerializer.Serialize(report, ContractJson.Default.EventReport)}\n\n");

    private static bool TryReadLastId(HttpContext context, out long lastId)
    {
        lastId = EventHub.LiveOnly;
        return !context.Request.Headers.TryGetValue("Last-Event-ID", out var header)
            || long.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out lastId);
    }
}
