namespace Aeterna.Contract;

/// <summary>What became of the TCP connections that an adopted daemon had: they are its own, and nobody else can go on with them.</summary>
public sealed record AdoptionReport
{
    /// <summary>Those that it kept until they ended.</summary>
    public int Kept { get; init; }

    /// <summary>Those that were still there when <c>drain.timeout</c> was over, and were closed.</summary>
    public int Closed { get; init; }
}
