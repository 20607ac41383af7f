using System.Text.Json;

namespace Aeterna.Sdk;

/// <summary>Gives this process's state to the next one.</summary>
internal static class Giving
{
    /// <summary>Larger buffers go as memory, and not through the socket.</summary>
    private const int ByMemory = 1 << 20;

    private const int Piece = 64 << 20;

    public static bool Provide(Func<StatePhase, State?> source)
    {
        var connection = Connection.Open(Timeout.InfiniteTimeSpan);
        try
        {
            connection?.Send(FrameType.Hello, """{"role":"provider"}"""u8);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            AeternaService.Say($"cannot offer the state: {e.Message}");
            connection!.Dispose();
            return false;
        }

        if (connection is not null)
        {
            new Thread(() => Answer(connection, source)) { IsBackground = true, Name = "aeterna-provider" }.Start();
        }

        return connection is not null;
    }

    public static bool Push(State state, TimeSpan timeout)
    {
        try
        {
            using var connection = Connection.Open(timeout);
            if (connection is null)
            {
                return false;
            }

            Give(connection, state);
            return connection.Receive() switch
            {
                null => throw new ProtocolException("truncated", "the engine closed the connection"),
                (FrameType.Finished, _) => true,
                (_, var payload) => throw new ProtocolException("error", Connection.Text(payload)),
            };
        }
#pragma warning disable CA1031 // The program goes on, whatever it is.
        catch (Exception e)
#pragma warning restore CA1031
        {
            AeternaService.Say($"the state was not taken: {e.Message}");
            return false;
        }
    }

    private static void Answer(Connection connection, Func<StatePhase, State?> source)
    {
        using (connection)
        {
            try
            {
                while (connection.Receive() is var (type, payload))
                {
                    if (type == FrameType.Error)
                    {
                        AeternaService.Say($"the engine says: {Connection.Text(payload)}");
                        return;
                    }

                    if (type == FrameType.Request && !Answer(connection, payload, source))
                    {
                        return;
                    }
                }
            }
#pragma warning disable CA1031 // The service goes on without it.
            catch (Exception e)
#pragma warning restore CA1031
            {
                AeternaService.Say($"the state connection ended: {e.Message}");
            }
        }
    }

    private static bool Answer(Connection connection, byte[] payload, Func<StatePhase, State?> source)
    {
        State state;
        try
        {
            var phase = JsonSerializer.Deserialize<JsonElement>(payload).GetProperty("phase").GetString();
            state = source(phase == "final" ? StatePhase.Final : StatePhase.Snapshot) ?? State.Empty;
        }
#pragma warning disable CA1031 // What the source throws is the program's, and costs the state alone.
        catch (Exception e)
#pragma warning restore CA1031
        {
            AeternaService.Say($"cannot give the state: {e.Message}");
            connection.SendWords(FrameType.Error, new { code = "source", message = e.Message });
            return false;
        }

        Give(connection, state);
        return true;
    }

    internal static void Give(Connection connection, State state)
    {
        if (!state.JsonUtf8.IsEmpty)
        {
            connection.Send(FrameType.Json, state.JsonUtf8.Span);
        }

        foreach (var buffer in state.Buffers)
        {
            // Chunks that follow each other are one value, so several buffers have to be told apart.
            if (state.Buffers.Count > 1 || buffer.Length > ByMemory)
            {
                GiveMemory(connection, buffer);
            }
            else
            {
                connection.Send(FrameType.Chunk, buffer.Span);
            }
        }

        connection.Send(FrameType.Finished, []);
    }

    // The checksum is left to the engine, which looks at all of it anyway.
    private static void GiveMemory(Connection connection, StateBuffer buffer)
    {
        using var memory = Native.CreateMemory();
        using var content = buffer.OpenRead();
        var piece = new byte[(int)Math.Min(Piece, buffer.Length)];
        long at = 0;
        for (int got; (got = content.Read(piece)) > 0; at += got)
        {
            RandomAccess.Write(memory, piece.AsSpan(0, got), at);
        }

        Native.Seal(memory);
        connection.Send(FrameType.Memory, JsonSerializer.SerializeToUtf8Bytes(new { size = buffer.Length }), (int)memory.DangerousGetHandle());
    }
}
