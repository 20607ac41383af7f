using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Aeterna.Contract;
using Microsoft.AspNetCore.Http;

namespace Aeterna.Control;

/// <summary>Reads the small JSON bodies of changing calls.</summary>
internal static class RequestBody
{
    /// <summary>Bytes that are taken.</summary>
    public const int Largest = 64 * 1024;

    /// <summary>
    /// Bytes that are read: what is too large is read to its end and dropped, since a client that still sends would see a reset in place of the answer.
    /// At this many Kestrel closes the connection all the same.
    /// </summary>
    public const int MostRead = 16 << 20;

    /// <summary>Reads a body; an empty one stands for all defaults.</summary>
    /// <returns>The value, or the problem to answer with.</returns>
    public static async Task<(T? Value, Problem? Problem)> Read<T>(HttpContext context, JsonTypeInfo<T> type, string example)
        where T : class, new()
    {
        var body = new byte[Largest];
        var length = await context.Request.Body.ReadAtLeastAsync(body, Largest, throwOnEndOfStream: false, context.RequestAborted).ConfigureAwait(false);
        if (length == 0)
        {
            return (new T(), null);
        }

        if (length == Largest && await Drop(context).ConfigureAwait(false))
        {
            return (null, Problems.ForStatus(413, context));
        }

        try
        {
            return (JsonSerializer.Deserialize(body.AsSpan(0, length), type) ?? new T(), null);
        }
        catch (JsonException e)
        {
            var where = e.LineNumber is { } line ? $" at line {line + 1}, byte {e.BytePositionInLine + 1}" : "";
            return (null, Problems.Make(400, ProblemCode.BadRequest, $"cannot read the body: it is not the JSON that was expected{where} (send {example})"));
        }
    }

    /// <summary>Reads what is left; whether there was any.</summary>
    private static async Task<bool> Drop(HttpContext context)
    {
        var dropped = new byte[4096];
        var any = false;
        while (await context.Request.Body.ReadAsync(dropped, context.RequestAborted).ConfigureAwait(false) > 0)
        {
            any = true;
        }

        return any;
    }
}
