using System.Text.Json.Serialization;

namespace Aeterna.Contract;

/// <summary>
/// How the contract's records are written as JSON: snake_case names, absent values left out, unknown ones ignored. Text is cleaned as it is
/// read, so that nothing that somebody sent can drive the terminal on which it is shown.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(CleanTextConverter)])]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(CarriedState))]
[JsonSerializable(typeof(ReloadRecord))]
[JsonSerializable(typeof(IReadOnlyList<ReloadRecord>))]
[JsonSerializable(typeof(EventReport))]
[JsonSerializable(typeof(ReloadRequest))]
[JsonSerializable(typeof(StopRequest))]
[JsonSerializable(typeof(UpgradeRequest))]
[JsonSerializable(typeof(UpgradeAccepted))]
[JsonSerializable(typeof(SignalRequest))]
[JsonSerializable(typeof(SignalReport))]
[JsonSerializable(typeof(Accepted))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(IReadOnlyList<Finding>))]
[JsonSerializable(typeof(EngineLocation))]
public sealed partial class ContractJson : JsonSerializerContext;
