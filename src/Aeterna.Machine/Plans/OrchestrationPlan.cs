namespace Aeterna.Machine.Plans;

/// <summary><c>orchestration</c>: how a generation is replaced.</summary>
internal sealed record OrchestrationPlan
{
    public Strategy Strategy { get; init; } = Strategy.Canary;

    public IReadOnlyList<HookPlan> PreFlight { get; init; } = [];

    public StartupPlan Startup { get; init; } = new();

    public CanaryPlan Canary { get; init; } = new();

    public DrainPlan Drain { get; init; } = new();

    public IReadOnlyList<HookPlan> OnSuccess { get; init; } = [];

    public IReadOnlyList<HookPlan> OnFailure { get; init; } = [];

    public StateHandoffPlan StateHandoff { get; init; } = new();
}

internal enum Strategy
{
    Immediate,
    Canary,
}

/// <summary>One command of <c>pre_flight</c> or <c>post_process</c>.</summary>
internal sealed record HookPlan
{
    public required string Name { get; init; }

    public required IReadOnlyList<string> Command { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A failure ends the reload (pre_flight only).</summary>
    public bool BlockOnFail { get; init; } = true;
}

internal sealed record StartupPlan
{
    /// <summary>Time to wait after readiness before the first probe.</summary>
    public TimeSpan WarmupDelay { get; init; } = TimeSpan.Zero;

    /// <summary>Time within which a generation must be ready.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    public Readiness Ready { get; init; } = Readiness.Listeners;
}

internal enum Readiness
{
    /// <summary>All that the active generation holds is bound; and READY=1 if the program is known to send it.</summary>
    Listeners,

    /// <summary>READY=1.</summary>
    Notify,

    /// <summary>Alive after <c>warmup_delay</c>.</summary>
    Delay,
}

internal sealed record CanaryPlan
{
    public bool Enabled { get; init; } = true;

    public TimeSpan SoakTime { get; init; } = TimeSpan.FromSeconds(30);

    public HealthCheckPlan? HealthCheck { get; init; }

    /// <summary>Multiples of the active generation's use; null = not limited.</summary>
    public double? RssLimit { get; init; }

    public double? CpuLimit { get; init; }

    public double? FdsLimit { get; init; }

    public Traffic Traffic { get; init; } = Traffic.Auto;

    public TimeSpan SwitchTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Share of the candidate in a split soak, in percent.</summary>
    public int Weight { get; init; } = 50;
}

internal enum Traffic
{
    Auto,
    Split,
    Exclusive,
    Sequential,
}

/// <summary><c>canary.health_check</c>: exactly one of the three is given.</summary>
internal sealed record HealthCheckPlan
{
    public Uri? HttpGet { get; init; }

    /// <summary>A tcp or unix address to connect to.</summary>
    public ListenerAddress? TcpConnect { get; init; }

    public IReadOnlyList<string>? Command { get; init; }

    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Failures in a row that end the soak.</summary>
    public int FailureThreshold { get; init; } = 1;
}

internal sealed record DrainPlan
{
    /// <summary>Then SIGKILL.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Signal number; the profile's, else SIGTERM.</summary>
    public int Signal { get; init; } = 15;

    /// <summary>The undo window; zero = none.</summary>
    public TimeSpan KeepWarm { get; init; } = TimeSpan.Zero;
}

internal sealed record StateHandoffPlan
{
    public bool Enabled { get; init; }

    public string? SocketPath { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    public bool Required { get; init; }

    public int? Signal { get; init; }

    public IReadOnlyList<string>? Export { get; init; }

    public IReadOnlyList<string>? Import { get; init; }

    /// <summary>Bytes.</summary>
    public long MaxBytes { get; init; } = 4L << 30;
}
