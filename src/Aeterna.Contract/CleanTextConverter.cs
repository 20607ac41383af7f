using System.Text.Json;
using System.Text.Json.Serialization;

namespace Aeterna.Contract;

/// <summary>Reads text as <see cref="OneLine.Clean"/> makes it, and writes it as it is.</summary>
public sealed class CleanTextConverter : JsonConverter<string>
{
    /// <inheritdoc/>
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() is { } text ? OneLine.Clean(text) : null;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
