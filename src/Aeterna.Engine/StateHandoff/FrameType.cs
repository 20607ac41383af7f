namespace Aeterna.StateHandoff;

/// <summary>What a frame of SRP is (docs/srp.md).</summary>
internal enum FrameType : byte
{
    /// <summary>Who speaks, as in <c>{"role":"provider"}</c>.</summary>
    Hello = 0x01,

    /// <summary>State as JSON, whole.</summary>
    Json = 0x02,

    /// <summary>State as bytes of a protobuf message, whole, carried untouched.</summary>
    Protobuf = 0x03,

    /// <summary>A piece of state as bytes; the pieces of one state belong together in their order.</summary>
    Chunk = 0x04,

    /// <summary>State in a sealed memfd that comes with the frame: <c>{"size","crc32c"}</c>.</summary>
    Memory = 0x05,

    /// <summary>The engine asks for state: <c>{"phase":"snapshot"}</c> or <c>{"phase":"final"}</c>.</summary>
    Request = 0x06,

    /// <summary>It went wrong: <c>{"code","message"}</c>. The last frame of its sender.</summary>
    Error = 0x7F,

    /// <summary>From a giver: that was all. From a taker: it has all of it.</summary>
    Finished = 0xFF,
}

/// <summary>Questions about <see cref="FrameType"/>.</summary>
internal static class FrameTypes
{
    public static bool IsKnown(this FrameType type) =>
        type is (>= FrameType.Hello and <= FrameType.Request) or FrameType.Error or FrameType.Finished;

    /// <summary>It carries state.</summary>
    public static bool IsState(this FrameType type) => type is >= FrameType.Json and <= FrameType.Memory;

    /// <summary>It is a whole state (or a whole part of one) by itself, so the connection may end after it.</summary>
    public static bool IsWhole(this FrameType type) => type is FrameType.Json or FrameType.Protobuf or FrameType.Memory;

    /// <summary>Its payload is state itself, and not a few words about it.</summary>
    public static bool IsBulk(this FrameType type) => type is FrameType.Json or FrameType.Protobuf or FrameType.Chunk;
}
