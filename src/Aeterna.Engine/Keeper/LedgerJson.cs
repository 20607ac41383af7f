using System.Text.Json.Serialization;
using Aeterna.Listeners.Steering;
using Aeterna.Relay;
using Aeterna.Relay.Datagrams;
using Aeterna.Relay.Frames;

namespace Aeterna.Keeper;

/// <summary>The ledger's records as JSON: names in place of numbers where there is a choice; what one version does not know it passes over.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EngineState))]
[JsonSerializable(typeof(StreamRelayState))]
[JsonSerializable(typeof(DatagramRelayState))]
[JsonSerializable(typeof(SteeredState))]
[JsonSerializable(typeof(StreamState))]
internal sealed partial class LedgerJson : JsonSerializerContext;
