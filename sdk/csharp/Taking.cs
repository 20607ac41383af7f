using System.Text.Json;

namespace Aeterna.Sdk;

/// <summary>Takes the state of the process before this one.</summary>
internal static class Taking
{
    public static State Load(Action<State>? onFinal, TimeSpan timeout)
    {
        Connection? connection = null;
        try
        {
            connection = Connection.Open(timeout);
            if (connection is null)
            {
                return State.Empty;
            }

            connection.Send(FrameType.Hello, onFinal is null ? """{"role":"receiver"}"""u8 : """{"role":"receiver","final":true}"""u8);
            var state = Take(connection);
            if (!state.IsEmpty && onFinal is not null)
            {
                var last = connection;
                new Thread(() => TakeFinal(last, onFinal)) { IsBackground = true, Name = "aeterna-final" }.Start();
                connection = null;
            }

            return state;
        }
#pragma warning disable CA1031 // Whatever it is: loss of memory is better than loss of service.
        catch (Exception e)
#pragma warning restore CA1031
        {
            AeternaService.Say($"starting without state: {e.Message}");
            return State.Empty;
        }
        finally
        {
            connection?.Dispose();
        }
    }

    private static void TakeFinal(Connection connection, Action<State> onFinal)
    {
        using (connection)
        {
            try
            {
                connection.Patience = Timeout.InfiniteTimeSpan;
                if (Take(connection) is { IsEmpty: false } state)
                {
                    onFinal(state);
                }
            }
#pragma warning disable CA1031 // The program serves by now, and goes on.
            catch (Exception e)
#pragma warning restore CA1031
            {
                AeternaService.Say($"no final state: {e.Message}");
            }
        }
    }

    internal static State Take(Connection connection)
    {
        ReadOnlyMemory<byte> json = default;
        List<StateBuffer> buffers = [];
        MemoryStream? chunks = null;
        while (connection.Receive() is var (type, payload))
        {
            if (type != FrameType.Chunk && chunks is not null)
            {
                buffers.Add(new StateBuffer(chunks.GetBuffer().AsMemory(0, (int)chunks.Length)));
                chunks = null;
            }

            switch (type)
            {
                case FrameType.Chunk:
                    (chunks ??= new MemoryStream()).Write(payload);
                    break;
                case FrameType.Json:
                    json = payload;
                    break;
                case FrameType.Protobuf:
                    buffers.Add(new StateBuffer(payload));
                    break;
                case FrameType.Memory:
                    buffers.Add(Map(connection, payload));
                    break;
                case FrameType.Finished:
                    connection.Send(FrameType.Finished, []);
                    AeternaService.Say($"took {json.Length} bytes of JSON and {buffers.Sum(b => b.Length)} in {buffers.Count} buffers");
                    return new State { JsonUtf8 = json, Buffers = buffers };
                case FrameType.Error:
                    throw new ProtocolException("error", Connection.Text(payload));
                default:
                    throw new ProtocolException("type", $"a frame of type 0x{(byte)type:X2} in place of state");
            }
        }

        throw new ProtocolException("truncated", "the engine closed the connection before the state was over");
    }

    // The engine has found the checksum right, and the seals keep it so.
    private static StateBuffer Map(Connection connection, byte[] payload)
    {
        var size = JsonSerializer.Deserialize<JsonElement>(payload).GetProperty("size").GetInt64();
        return StateBuffer.Map(connection.TakeDescriptor() ?? throw new ProtocolException("memory", "a memory frame without a descriptor"), size);
    }
}
