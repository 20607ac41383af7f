using Aeterna.Contract;
using Aeterna.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Aeterna.Control;

/// <summary>What every request passes through: counting, errors as problem documents, and the access rules.</summary>
internal sealed class ControlMiddleware(ControlSecurity security, EngineInstruments instruments, ILogger log)
{
    public void Use(IApplicationBuilder app)
    {
        app.Use(Count);
        app.Use(TurnErrorsIntoProblems);
        app.Use(Guard);
    }

    private async Task Count(HttpContext context, RequestDelegate next)
    {
        await next(context).ConfigureAwait(false);
        instruments.HttpRequest((context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "other", context.Response.StatusCode);
    }

    private async Task TurnErrorsIntoProblems(HttpContext context, RequestDelegate next)
    {
        Problem problem;
        try
        {
            await next(context).ConfigureAwait(false);
            if (context.Response.HasStarted || context.Response.StatusCode < 400)
            {
                return;
            }

            problem = Problems.ForStatus(context.Response.StatusCode, context);
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            problem = Problems.ForStatus(e.StatusCode, context);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // The client went away: nobody is there to answer to.
            return;
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            ControlLog.RequestFailed(log, context.Request.Method, context.Request.Path, e);
            problem = Problems.ForStatus(500, context);
        }

        await Problems.Write(context, problem).ConfigureAwait(false);
    }

    private Task Guard(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        var decision = Access.Decide(security.Facts(context));
        if (decision.Allowed)
        {
            return next(context);
        }

        if (decision.Status == 401)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        ControlLog.Refused(log, context.Request.Method, context.Request.Path, Caller.Describe(context), decision.Why!);
        return Problems.Write(context, Problems.Make(
            decision.Status,
            decision.Status == 401 ? ProblemCode.Unauthorized : ProblemCode.Forbidden,
            $"cannot answer {context.Request.Method} {context.Request.Path}: {decision.Why}"));
    }
}
