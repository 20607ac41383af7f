using Aeterna.Contract;

namespace Aeterna.Tests.Support;

/// <summary>Plausible reports for tests to change.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public static EventReport Event(string message, string type = EventType.State, string? state = null, string? reload = null) =>
        new() { Id = 0, Time = default, Type = type, Message = message, FsmState = state, ReloadId = reload };

    public static ReloadRecord Record(string id, string? verdict = Verdict.Succeeded, string kind = "reload") => new()
    {
        Id = id,
        Service = "rsyslogd",
        Kind = kind,
        Verdict = verdict,
        Message = verdict == Verdict.RolledBack ? "the health check failed 3 times" : null,
        RequestedBy = "uid 0 (root) pid 77",
        Reason = "new rules",
        RequestedAt = Noon,
        FinishedAt = verdict is null ? null : Noon.AddSeconds(31.2),
        DurationMs = verdict is null ? null : 31_200,
        OldPid = 100,
        NewPid = 200,
        OldGeneration = 3,
        NewGeneration = 4,
        Phases =
        [
            new PhaseReport { Name = "pre_flight", StartedAt = Noon, DurationMs = 12.5, Outcome = "ok" },
            new PhaseReport { Name = "soak", StartedAt = Noon.AddSeconds(1), DurationMs = verdict is null ? null : 30_000, Outcome = verdict is null ? null : "ok" },
        ],
    };

    public static StatusReport Status(string state = FsmState.Running) => new()
    {
        Service = "rsyslogd",
        FsmState = state,
        CurrentPid = state is FsmState.Pending or FsmState.Failed or FsmState.Stopped ? 0 : 100,
        Generation = 3,
        Uptime = "48h20m",
        UptimeSeconds = 174_000,
        LastHandover = HandoverReport.None,
        EnginePid = 42,
        EngineVersion = "0.1.0",
        ConfigPath = "/etc/aeterna.yaml",
        Generations =
        [
            new GenerationReport
            {
                Number = 3, Role = "active", Pid = 100, StartedAt = Noon, Processes = 1, RssBytes = 12_345_678, CpuSeconds = 1.5, Fds = 17,
            },
        ],
        Listeners =
        [
            new ListenerReport { Name = "tcp", Address = "tcp://0.0.0.0:514", Handoff = "relay", State = "listening", Generations = [3], Backlog = 4096, Traffic = new TrafficReport { Connections = 2, Given = [new GivenReport { Generation = 3, Frames = 7, Bytes = 900 }] } },
            new ListenerReport { Name = "log", Address = "unixgram:///dev/log", Handoff = "shared", State = "bound", Generations = [3], ReceiveBufferBytes = 8_388_608 },
        ],
        Restarts = 2,
    };
}
