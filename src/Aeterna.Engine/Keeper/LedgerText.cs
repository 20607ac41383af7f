using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Listeners.Steering;
using Aeterna.Listeners.Traffic;
using Aeterna.Relay;
using Aeterna.Relay.Datagrams;

namespace Aeterna.Keeper;

/// <summary>The ledger's text: an <see cref="EngineState"/>.</summary>
internal static class LedgerText
{
    private static readonly JsonSerializerOptions _options = new(LedgerJson.Default.Options)
    {
        TypeInfoResolver = ((IJsonTypeInfoResolver)LedgerJson.Default).WithAddedModifier(NameInputs),
    };

    private static JsonTypeInfo<EngineState> State => (JsonTypeInfo<EngineState>)_options.GetTypeInfo(typeof(EngineState));

    /// <summary>Writes a state into a ledger of its own. The descriptor is the caller's.</summary>
    /// <exception cref="LedgerException">There is no memory, or no descriptor.</exception>
    public static FileDescriptor Write(EngineState state)
    {
        try
        {
            return LedgerFile.Write(JsonSerializer.SerializeToUtf8Bytes(state, State));
        }
        catch (Exception e) when (e is LinuxException or IOException or OutOfMemoryException)
        {
            throw new LedgerException($"the ledger cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="LedgerException">It cannot be gone on from; why.</exception>
    public static EngineState Read(FileDescriptor ledger)
    {
        try
        {
            return JsonSerializer.Deserialize(LedgerFile.Read(ledger), State) ?? throw new LedgerException("it is empty");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new LedgerException($"it is not what this engine expects: {e.Message}", e);
        }
    }

    // The kinds are of other rooms than what they are the kinds of.
    private static void NameInputs(JsonTypeInfo type)
    {
        if (type.Type == typeof(InputState))
        {
            type.PolymorphismOptions = new JsonPolymorphismOptions
            {
                DerivedTypes =
                {
                    new JsonDerivedType(typeof(StreamRelayState), "streams"),
                    new JsonDerivedType(typeof(DatagramRelayState), "datagrams"),
                    new JsonDerivedType(typeof(SteeredState), "steered"),
                },
            };
        }
    }
}
