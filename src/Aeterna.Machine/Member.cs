using Aeterna.Machine.Plans;

namespace Aeterna.Machine;

/// <summary>A generation as the machine knows it.</summary>
internal sealed record Member(int Number, int Pid, Plan Plan)
{
    public Standing Standing { get; init; }

    public override string ToString() => $"generation {Number} (pid {Pid})";
}

/// <summary>How a generation stands.</summary>
internal enum Standing
{
    Running,

    /// <summary>Frozen, with nothing in hand.</summary>
    Parked,

    /// <summary>Frozen in the middle of its work; what it had not read was taken back.</summary>
    CutOff,
}

/// <summary>How much of the service's traffic a candidate has.</summary>
internal enum Share
{
    None,

    /// <summary>A part beside the active generation.</summary>
    Part,

    /// <summary>All of it; the active generation is parked, or there is none.</summary>
    All,
}

/// <summary>A generation that is no more, or is about to go; then its exit is not known yet.</summary>
internal sealed record Departed(int Number, int Pid, ProcessExit? Exit);
