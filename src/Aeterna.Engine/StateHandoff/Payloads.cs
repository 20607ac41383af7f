using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Aeterna.StateHandoff;

/// <summary>Payload of <see cref="FrameType.Hello"/>.</summary>
internal sealed record HelloPayload
{
    public const string Provider = "provider";
    public const string Receiver = "receiver";

    /// <summary>What the peer is here for.</summary>
    public string? Role { get; init; }

    /// <summary>With <see cref="Receiver"/>: it stays, and takes what changes until the old process ends.</summary>
    public bool Final { get; init; }
}

/// <summary>Payload of <see cref="FrameType.Request"/>.</summary>
internal sealed record RequestPayload(string Phase)
{
    public const string Snapshot = "snapshot";
    public const string Final = "final";
}

/// <summary>Payload of <see cref="FrameType.Memory"/>.</summary>
/// <param name="Size">Bytes, from the start of the memfd.</param>
/// <param name="Crc32c">Their CRC32C; null from a sender that cannot compute it (the engine always can).</param>
internal sealed record MemoryPayload(long Size, uint? Crc32c);

/// <summary>Payload of <see cref="FrameType.Error"/>.</summary>
internal sealed record ErrorPayload(string Code, string Message);

/// <summary>The small payloads as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(HelloPayload))]
[JsonSerializable(typeof(RequestPayload))]
[JsonSerializable(typeof(MemoryPayload))]
[JsonSerializable(typeof(ErrorPayload))]
internal sealed partial class PayloadJson : JsonSerializerContext
{
    /// <summary>A payload that need not be there, nor be JSON.</summary>
    public static ErrorPayload ReadError(ReadOnlySpan<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize(payload, Default.ErrorPayload) ?? new ErrorPayload("error", "");
        }
        catch (JsonException)
        {
            return new ErrorPayload("error", Encoding.UTF8.GetString(payload));
        }
    }
}
