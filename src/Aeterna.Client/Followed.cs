using Aeterna.Contract;

namespace Aeterna.Client;

/// <summary>What <see cref="EngineFollower"/> tells; one of these.</summary>
internal abstract record Followed
{
    /// <summary>Something happened.</summary>
    public sealed record Happened(EventReport Event) : Followed;

    /// <summary>How things are; the record is that of the attempt that is followed, or of the one under way.</summary>
    public sealed record Now(StatusReport Status, ReloadRecord? Record) : Followed;

    /// <summary>The engine could not be asked just now.</summary>
    public sealed record Trouble(string Message) : Followed;

    /// <summary>The attempt that is followed has its verdict; nothing comes after it.</summary>
    public sealed record Decided(ReloadRecord Record) : Followed;
}
