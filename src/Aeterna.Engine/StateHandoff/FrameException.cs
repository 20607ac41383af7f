namespace Aeterna.StateHandoff;

/// <summary>What is wrong with a stream of frames.</summary>
internal enum FrameError
{
    Length,
    TooLong,
    Magic,
    Version,
    Type,
    Reserved,
}

/// <summary>The bytes are not SRP. The message is what came, as in "the wrong magic 0x47455420 in place of 0xAE7E2024".</summary>
internal sealed class FrameException(FrameError error, string message) : Exception(message)
{
    public FrameError Error { get; } = error;
}
