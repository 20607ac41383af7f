using System.Text.Json;

namespace Aeterna.Sdk;

/// <summary>What one process hands to the next: JSON, and any number of buffers, in their order.</summary>
public sealed class State : IDisposable
{
    /// <summary>No state.</summary>
    public static State Empty => new();

    /// <summary>The JSON as UTF-8; empty when there is none.</summary>
    public ReadOnlyMemory<byte> JsonUtf8 { get; init; }

    /// <summary>The buffers.</summary>
    public IReadOnlyList<StateBuffer> Buffers { get; init; } = [];

    /// <summary>Whether there is nothing in it.</summary>
    public bool IsEmpty => JsonUtf8.IsEmpty && Buffers.Count == 0;

    /// <summary>State with a value as JSON.</summary>
    /// <param name="value">What System.Text.Json can write.</param>
    /// <param name="buffers">Buffers that go with it.</param>
    /// <typeparam name="T">Its type.</typeparam>
    public static State FromJson<T>(T value, params StateBuffer[] buffers) =>
        new() { JsonUtf8 = JsonSerializer.SerializeToUtf8Bytes(value), Buffers = buffers };

    /// <summary>State of one buffer.</summary>
    /// <param name="bytes">Its content.</param>
    public static State FromBytes(ReadOnlyMemory<byte> bytes) => new() { Buffers = [new StateBuffer(bytes)] };

    /// <summary>The JSON as a value; the type's default, and a line in the log, when there is none or another one.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    public T? Json<T>()
    {
        if (JsonUtf8.IsEmpty)
        {
            return default;
        }

        try
        {
            return JsonSerializer.Deserialize<T>(JsonUtf8.Span);
        }
        catch (JsonException e)
        {
            AeternaService.Say($"the state's JSON is of another kind: {e.Message}");
            return default;
        }
    }

    /// <summary>Gives the memory of all buffers back.</summary>
    public void Dispose()
    {
        foreach (var buffer in Buffers)
        {
            buffer.Dispose();
        }
    }
}
