using Aeterna.Contract;

namespace Aeterna.PowerShell;

/// <summary>One generation with a process alive.</summary>
public sealed class AeternaGeneration
{
    internal AeternaGeneration(GenerationReport report, string name)
    {
        Name = name;
        Number = report.Number;
        Role = report.Role;
        Pid = report.Pid;
        StartedAt = report.StartedAt;
        Processes = report.Processes;
        Memory = report.RssBytes;
        Cpu = TimeSpan.FromSeconds(report.CpuSeconds);
        Descriptors = report.Fds;
        TrafficPercent = report.TrafficPercent;
        NotifyStatus = report.NotifyStatus;
    }

    /// <summary>Name of the service.</summary>
    public string Name { get; }

    /// <summary>Its number, from 1.</summary>
    public int Number { get; }

    /// <summary>active, candidate, retiring, or parked in the undo window.</summary>
    public string Role { get; }

    /// <summary>Its main process.</summary>
    public int Pid { get; }

    /// <summary>When it was started.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>The same, as the table calls it.</summary>
    public DateTimeOffset Started => StartedAt;

    /// <summary>Number of its processes.</summary>
    public int Processes { get; }

    /// <summary>Resident memory of all its processes, in bytes.</summary>
    public long Memory { get; }

    /// <summary>Processor time of all its processes.</summary>
    public TimeSpan Cpu { get; }

    /// <summary>The same as a number of seconds.</summary>
    public double CpuSeconds => Cpu.TotalSeconds;

    /// <summary>Open descriptors of all its processes.</summary>
    public int Descriptors { get; }

    /// <summary>The same, as the table calls it.</summary>
    public int FDs => Descriptors;

    /// <summary>Its share of new connections and datagrams, as the engine directs them; absent where the kernel alone chooses.</summary>
    public int? TrafficPercent { get; }

    /// <summary>The last STATUS= that it sent.</summary>
    public string? NotifyStatus { get; }

    /// <summary>The same, as the table calls it.</summary>
    public string? Says => NotifyStatus;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Number} ({Role}, pid {Pid})");
}
