using System.Text.Json;
using Aeterna.Contract;
using Aeterna.Orchestration;
using Microsoft.AspNetCore.Http;

namespace Aeterna.Control;

/// <summary>Makes and writes problem documents.</summary>
internal static class Problems
{
    public const string ContentType = "application/problem+json";

    public static Problem Make(int status, string code, string detail) =>
        new() { Title = Title(status), Status = status, Code = code, Detail = detail };

    /// <summary>What the engine refuses, as HTTP has it.</summary>
    public static Problem Of(Refusal refusal) =>
        Make(Status(refusal.Code), refusal.Code, refusal.Detail) with { ReloadId = refusal.ReloadId, Findings = refusal.Findings };

    /// <summary>The problem for a status that the framework set by itself.</summary>
    public static Problem ForStatus(int status, HttpContext context)
    {
        var asked = $"{context.Request.Method} {context.Request.Path}";
        return status switch
        {
            404 => Make(404, ProblemCode.NotFound, $"cannot answer {asked}: there is no such page (docs/http-api.md lists them)"),
            405 => Make(405, ProblemCode.MethodNotAllowed, $"cannot answer {asked}: this page takes only {context.Response.Headers.Allow}"),
            413 => Make(413, ProblemCode.TooLarge, $"cannot read the body of {asked}: it is larger than {RequestBody.Largest} bytes"),
            >= 500 => Make(status, ProblemCode.Internal, $"cannot answer {asked}: the engine failed (its log says more)"),
            _ => Make(status, ProblemCode.BadRequest, $"cannot answer {asked}: the request is not valid HTTP"),
        };
    }

    /// <summary>Writes a problem as the whole answer.</summary>
    public static Task Write(HttpContext context, Problem problem)
    {
        context.Response.StatusCode = problem.Status;
        context.Response.ContentType = ContentType;
        return context.Response.Body.WriteAsync(
            JsonSerializer.SerializeToUtf8Bytes(problem, ContractJson.Default.Problem), context.RequestAborted).AsTask();
    }

    private static int Status(string code) => code switch
    {
        ProblemCode.BadRequest => 400,
        ProblemCode.ReloadBusy or ProblemCode.NothingToUndo or ProblemCode.NothingToPromote or ProblemCode.SignalRefused or ProblemCode.UpgradeRefused or ProblemCode.Unsteady or ProblemCode.Stopping => 409,
        ProblemCode.ConfigInvalid => 422,
        ProblemCode.NotServing => 503,
        _ => 500,
    };

    private static string Title(int status) => status switch
    {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        503 => "Service Unavailable",
        _ => status < 500 ? "Bad Request" : "Internal Server Error",
    };
}
