namespace Aeterna.StateHandoff;

/// <summary>How many bytes of payload a frame may have.</summary>
/// <param name="Bulk">One that carries state itself.</param>
/// <param name="Control">Any other.</param>
internal readonly record struct FrameLimits(int Bulk, int Control)
{
    /// <summary>A larger state comes in several chunks, or in memory.</summary>
    public const int MaxBulk = 1 << 30;

    public const int MaxControl = 64 << 10;

    /// <summary>For a state of at most this size.</summary>
    public static FrameLimits For(long maxBytes) => new((int)Math.Min(maxBytes, MaxBulk), MaxControl);
}
