namespace Aeterna.Contract;

/// <summary>Body of <c>POST /v1/reload</c>.</summary>
public sealed record ReloadRequest
{
    /// <summary>Why, for the record.</summary>
    public string? Reason { get; init; }

    /// <summary>Go on although a pre-flight command with <c>block_on_fail</c> fails, or the new process leaves sockets of the old one unbound. A bad configuration is refused all the same.</summary>
    public bool Force { get; init; }

    /// <summary>While another reload (or a start, or a rollback) is under way: follow it with one more, in place of being refused.</summary>
    public bool Queue { get; init; }
}

/// <summary>Answer of a call that started something: <c>202</c>.</summary>
public sealed record Accepted
{
    /// <summary>Id of the record to watch. With <see cref="Queued"/> it says only who asked, until that reload begins.</summary>
    public required string Id { get; init; }

    /// <summary>It follows what is under way. Several that were queued meanwhile are one reload, and have one id.</summary>
    public bool Queued { get; init; }
}

/// <summary>Body of <c>POST /v1/signal</c>.</summary>
public sealed record SignalRequest
{
    /// <summary>The signal's name, as in <c>HUP</c> or <c>SIGHUP</c>, or its number.</summary>
    public string Signal { get; init => field = value ?? ""; } = "";
}

/// <summary>Answer of <c>POST /v1/signal</c>: who gets the signal.</summary>
public sealed record SignalReport
{
    /// <summary>The signal's name, as in <c>SIGHUP</c>.</summary>
    public required string Signal { get; init; }

    /// <summary>Every generation with a main process alive, oldest first.</summary>
    public IReadOnlyList<SignalledReport> Generations { get; init => field = value ?? []; } = [];
}

/// <summary>One generation and a signal.</summary>
public sealed record SignalledReport
{
    /// <summary>Its number.</summary>
    public required int Generation { get; init; }

    /// <summary>Its main process.</summary>
    public required int Pid { get; init; }

    /// <summary><c>sent</c>; <c>waits</c> for the moment at which it is let go, since it is held still; <c>not_sent</c>, since it has no handler for it.</summary>
    public required string Outcome { get; init; }
}

/// <summary>Body of <c>POST /v1/stop</c>.</summary>
public sealed record StopRequest
{
    /// <summary>Kill at once in place of draining.</summary>
    public bool Now { get; init; }
}

/// <summary>Body of <c>POST /v1/upgrade</c>.</summary>
public sealed record UpgradeRequest
{
    /// <summary>Absolute path of the program that is to take the engine's place; null: the file that this engine was started from, as it is now.</summary>
    public string? Program { get; init; }
}

/// <summary>Answer of <c>POST /v1/upgrade</c>: <c>202</c>. The upgrade is over when the status has another <see cref="StatusReport.LastUpgrade"/>.</summary>
public sealed record UpgradeAccepted
{
    /// <summary>By which <see cref="UpgradeReport.Id"/> it will be known.</summary>
    public required string Id { get; init; }

    /// <summary>Version of the engine that goes.</summary>
    public required string From { get; init; }

    /// <summary>Version of the engine that comes, as it says itself.</summary>
    public required string To { get; init; }
}

/// <summary>An RFC 9457 problem document (<c>application/problem+json</c>).</summary>
public sealed record Problem
{
    /// <summary>A URI reference for the kind of problem.</summary>
    public string Type { get; init => field = value ?? "about:blank"; } = "about:blank";

    /// <summary>The HTTP status in words.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>"cannot X: why (what to do)".</summary>
    public required string Detail { get; init; }

    /// <summary>One of <see cref="ProblemCode"/>; stable.</summary>
    public required string Code { get; init; }

    /// <summary>With <see cref="ProblemCode.ReloadBusy"/>: the reload that is under way.</summary>
    public string? ReloadId { get; init; }

    /// <summary>With <see cref="ProblemCode.ConfigInvalid"/>: what is wrong where.</summary>
    public IReadOnlyList<Finding>? Findings { get; init; }
}

/// <summary>The stable codes of problem documents.</summary>
public static class ProblemCode
{
    /// <summary>A reload is under way (409).</summary>
    public const string ReloadBusy = "reload_busy";

    /// <summary>The configuration is bad (422).</summary>
    public const string ConfigInvalid = "config_invalid";

    /// <summary>There is nothing to go back to (409).</summary>
    public const string NothingToUndo = "nothing_to_undo";

    /// <summary>There is no soak that could be ended now (409).</summary>
    public const string NothingToPromote = "nothing_to_promote";

    /// <summary>The signal would end or stop the process, or no generation is there that handles it (409).</summary>
    public const string SignalRefused = "signal_refused";

    /// <summary>The engine cannot be replaced at this moment, or not by that program (409).</summary>
    public const string UpgradeRefused = "upgrade_refused";

    /// <summary>The engine has died again and again, and the reload was not forced (409).</summary>
    public const string Unsteady = "unsteady";

    /// <summary>The service is being stopped (409).</summary>
    public const string Stopping = "stopping";

    /// <summary>No such reload (404).</summary>
    public const string NoSuchReload = "no_such_reload";

    /// <summary>No such page (404).</summary>
    public const string NotFound = "not_found";

    /// <summary>The method does not fit (405).</summary>
    public const string MethodNotAllowed = "method_not_allowed";

    /// <summary>The body cannot be read (400).</summary>
    public const string BadRequest = "bad_request";

    /// <summary>The body is too large (413).</summary>
    public const string TooLarge = "too_large";

    /// <summary>A token is needed (401).</summary>
    public const string Unauthorized = "unauthorized";

    /// <summary>The caller may not (403).</summary>
    public const string Forbidden = "forbidden";

    /// <summary>No generation serves (503).</summary>
    public const string NotServing = "not_serving";

    /// <summary>The engine failed; its log says more (500).</summary>
    public const string Internal = "internal";
}
