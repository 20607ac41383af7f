using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Aeterna.Contract;
using Microsoft.AspNetCore.Http;

namespace Aeterna.Control;

/// <summary>Reads the small JSON bodies of changing calls.</summary>
internal static class RequestBody
{
    /// <summary>Bytes; Kestrel stops reading there.</summary>
    public const int Largest = 64 * 1024;

    /// <summary>Reads a body; an empty one stands for all defaults.</summary>
    /// <returns>The value, or the problem to answer with.</returns>
    public static async Task<(T? Value, Problem? Problem)> Read<T>(HttpContext context, JsonTypeInfo<T> type, string example)
        where T : class, new()
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false);
        if (body.Length == 0)
        {
            return (new T(), null);
        }

        try
        {
            return (JsonSerializer.Deserialize(body.GetBuffer().AsSpan(0, (int)body.Length), type) ?? new T(), null);
        }
        catch (JsonException e)
        {
            var where = e.LineNumber is { } line ? $" at line {line + 1}, byte {e.BytePositionInLine + 1}" : "";
            return (null, Problems.Make(400, ProblemCode.BadRequest, $"cannot read the body: it is not the JSON that was expected{where} (send {example})"));
        }
    }
}
