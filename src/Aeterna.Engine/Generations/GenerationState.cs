using Aeterna.Broker;

namespace Aeterna.Generations;

/// <summary>A <see cref="Generation"/> as plain data, for a successor of this engine.</summary>
internal sealed record GenerationState
{
    public required int Number { get; init; }

    /// <summary>Its main process.</summary>
    public required int Pid { get; init; }

    /// <summary>When that was started, in the kernel's count (<see cref="Linux.ProcStat.StartTicks"/>): another one may have its number by now.</summary>
    public long? StartTicks { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required ProcessSetState Processes { get; init; }

    public required BrokerState Broker { get; init; }

    public required NotifyState Notify { get; init; }

    public required PipeState Stdout { get; init; }

    public required PipeState Stderr { get; init; }

    /// <summary>What it has printed last.</summary>
    public required IReadOnlyList<string> LastLines { get; init; }

    /// <summary>Where its program leaves the id of its main process; null when that is not known.</summary>
    public string? PidFile { get; init; }

    /// <summary>The last file that the service put in place by a rename.</summary>
    public string? Renamed { get; init; }
}

/// <content>From one engine to the next. Its processes do not notice.</content>
internal sealed partial class Generation
{
    /// <summary>Nothing of it is answered or read until <see cref="GoOn"/>.</summary>
    public void HoldStill()
    {
        _resources.Broker.HoldStill();
        _resources.Output.HoldStill();
        _resources.Notify.HoldStill();
    }

    /// <summary>Ends <see cref="HoldStill"/>.</summary>
    public void GoOn()
    {
        _resources.Notify.GoOn();
        _resources.Output.GoOn();
        _resources.Broker.GoOn();
    }

    /// <summary>It as plain data; while it is held still.</summary>
    public GenerationState State()
    {
        var (stdout, stderr) = _resources.Output.State();
        return new GenerationState
        {
            Number = Number,
            Pid = Pid,
            StartTicks = Linux.ProcFs.Stat(Pid)?.StartTicks,
            StartedAt = StartedAt,
            Processes = _resources.Processes.State(),
            Broker = _resources.Broker.State(),
            Notify = _resources.Notify.State(),
            Stdout = stdout,
            Stderr = stderr,
            LastLines = LastLines,
            PidFile = _resources.PidFile,
            Renamed = _resources.Renames.Last,
        };
    }
}
