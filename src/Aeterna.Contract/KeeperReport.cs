namespace Aeterna.Contract;

/// <summary>The process beside an engine that stays when the engine dies.</summary>
public sealed record KeeperReport
{
    /// <summary>Its process id, which is that of the whole for as long as it runs: send signals there.</summary>
    public required int Pid { get; init; }

    /// <summary>If the engine dies now, another one goes on with the service.</summary>
    public required bool Ready { get; init; }

    /// <summary>How often an engine has died and another one has gone on.</summary>
    public int Deaths { get; init; }
}
