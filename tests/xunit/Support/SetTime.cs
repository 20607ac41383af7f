namespace Aeterna.Tests.Support;

/// <summary>A clock that stands where it is put.</summary>
internal sealed class SetTime : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 11, 22, 9, 45, 12, 123, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
