using System.Text.Json;
using System.Text.Json.Serialization;
using Aeterna.Load.Accounts;
using Aeterna.Load.Messages;
using Aeterna.Load.Senders;
using Aeterna.Load.Verification;

namespace Aeterna.Load.Running;

/// <summary>What a run sent and what its clients saw.</summary>
internal sealed record LoadReport
{
    public required DateTimeOffset StartedAt { get; init; }

    public required double DurationSeconds { get; init; }

    /// <summary>Processor time that sending took, over all threads.</summary>
    public required double CpuSeconds { get; init; }

    public required IReadOnlyList<SenderReport> Senders { get; init; }

    public required IReadOnlyList<SourceSent> Sources { get; init; }

    /// <summary>What was found in the output files, if they were read.</summary>
    public VerificationReport? Verification { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, LoadJson.Default.LoadReport);

    /// <exception cref="JsonException">The text is not such a report.</exception>
    public static LoadReport FromJson(string text) =>
        JsonSerializer.Deserialize(text, LoadJson.Default.LoadReport) ?? throw new JsonException("the report is empty");
}

/// <summary>What the clients of one protocol saw.</summary>
internal sealed record SenderReport
{
    public required Protocol Protocol { get; init; }

    /// <summary>Connections (TCP) or datagrams tried.</summary>
    public required long Attempted { get; init; }

    /// <summary>Of these, established or taken.</summary>
    public required long Connected { get; init; }

    public required long Refused { get; init; }

    public required long TimedOut { get; init; }

    public required long Reset { get; init; }

    public required long ClosedByPeer { get; init; }

    public required long NotClosed { get; init; }

    public required long PathGone { get; init; }

    /// <summary>The sender's own trouble; the run says nothing when it is not 0.</summary>
    public required long Local { get; init; }

    /// <summary>How often no long-lived connection could take a message: the service reads too slowly, or none is open.</summary>
    public required long HeldBack { get; init; }

    public required long Messages { get; init; }

    public required long Bytes { get; init; }

    /// <summary>The longest connect (TCP) or blocking send (unix).</summary>
    public required double LongestMs { get; init; }

    /// <summary>The latest that something was begun after it was due: how far the sender itself lagged behind.</summary>
    public required double LatestMs { get; init; }

    /// <summary>How long messages or connections were begun; without the opening of long-lived connections and the orderly end.</summary>
    public required double SendingSeconds { get; init; }

    /// <summary>The mishaps one by one, the first ten thousand of each kind.</summary>
    public required IReadOnlyCollection<Mishap> Mishaps { get; init; }

    public static SenderReport Of(ISender sender) => new()
    {
        Protocol = sender.Protocol,
        Attempted = sender.Tally.Attempted,
        Connected = sender.Tally.Connected,
        Refused = sender.Tally.Count(MishapKind.Refused),
        TimedOut = sender.Tally.Count(MishapKind.TimedOut),
        Reset = sender.Tally.Count(MishapKind.Reset),
        ClosedByPeer = sender.Tally.Count(MishapKind.ClosedByPeer),
        NotClosed = sender.Tally.Count(MishapKind.NotClosed),
        PathGone = sender.Tally.Count(MishapKind.PathGone),
        Local = sender.Tally.Count(MishapKind.Local),
        HeldBack = sender.Tally.HeldBack,
        Messages = sender.Ledgers.Sum(l => l.Sent),
        Bytes = sender.Tally.Bytes,
        LongestMs = sender.Tally.Longest.TotalMilliseconds,
        LatestMs = sender.Loop.Latest.TotalMilliseconds,
        SendingSeconds = sender.Loop.Ran.TotalSeconds,
        Mishaps = sender.Tally.Mishaps,
    };
}

/// <summary>How reports are written as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DictionaryKeyPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(LoadReport))]
[JsonSerializable(typeof(VerificationReport))]
internal sealed partial class LoadJson : JsonSerializerContext;
