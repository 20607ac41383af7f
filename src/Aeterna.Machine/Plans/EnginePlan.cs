using System.Net;

namespace Aeterna.Machine.Plans;

/// <summary><c>observability</c>.</summary>
internal sealed record ObservabilityPlan
{
    /// <summary>Where HTTP is served; 127.0.0.1:9091 unless said otherwise; null = nowhere.</summary>
    public IPEndPoint? Metrics { get; init; } = new(IPAddress.Loopback, 9091);

    /// <summary><c>trace</c>, <c>debug</c>, <c>info</c>, <c>warning</c> or <c>error</c>.</summary>
    public string LogLevel { get; init; } = "info";

    public LogPlan Log { get; init; } = new();
}

/// <summary><c>observability.log</c>. Read when the engine starts.</summary>
internal sealed record LogPlan
{
    /// <summary><c>text</c> (time, level and message) or <c>json</c> (a JSON object).</summary>
    public string Format { get; init; } = "text";

    /// <summary>Bytes that <c>engine.log</c> may have before another is begun.</summary>
    public long MaxSize { get; init; } = 8L << 20;

    /// <summary>Full ones that are kept beside it.</summary>
    public int Keep { get; init; } = 2;
}

/// <summary><c>control</c>.</summary>
internal sealed record ControlPlan
{
    /// <summary>Path of the control socket; null: <c>control.sock</c> in the run directory.</summary>
    public string? Socket { get; init; }

    /// <summary>A further TCP address for the control API.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>File with the bearer token.</summary>
    public string? TokenFile { get; init; }

    public TlsPlan? Tls { get; init; }

    /// <summary>Take a token over plain HTTP from other machines.</summary>
    public bool AllowPlaintext { get; init; }
}

/// <summary><c>history</c>.</summary>
internal sealed record HistoryPlan
{
    /// <summary>Number of records kept on disk.</summary>
    public int Keep { get; init; } = 1000;

    /// <summary>Directory; null: /var/lib/aeterna/NAME as root, else <c>$XDG_STATE_HOME/aeterna/NAME</c>.</summary>
    public string? Directory { get; init; }
}

/// <summary><c>relay</c>.</summary>
internal sealed record RelayPlan
{
    /// <summary>Bytes: less would hold up single clients.</summary>
    public const long LeastMemory = 16L << 20;

    /// <summary>Bytes that all relayed connections together may hold; null: by the machine. Read when the engine starts.</summary>
    public long? MaxMemory { get; init; }

    /// <summary>What becomes of a write of which an engine that goes on after a death cannot know whether it was made.</summary>
    public DoubtfulPolicy Doubtful { get; init; } = DoubtfulPolicy.Resend;
}

internal enum DoubtfulPolicy
{
    /// <summary>It is made again: nothing is lost, and messages may be doubled.</summary>
    Resend,

    /// <summary>It is left: nothing is doubled, and messages may be lost.</summary>
    Drop,
}

/// <summary><c>restart</c>: a generation that dies outside a reload.</summary>
internal sealed record RestartPlan
{
    public RestartPolicy Policy { get; init; } = RestartPolicy.Always;

    public TimeSpan BackoffInitial { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Restarts in a row, none of which served for <see cref="BackoffMax"/>, before the service is given up; 0 = never.</summary>
    public int Limit { get; init; }
}

internal enum RestartPolicy
{
    Always,
    OnFailure,
    Never,
}
