using System.Text.Json;
using Aeterna.Contract;

namespace Aeterna.Client;

/// <summary>Refuses an engine that speaks another version of the contract, before its answer is read as one of ours.</summary>
internal static class ContractVersionCheck
{
    /// <exception cref="EngineException">It does, or it is no engine.</exception>
    public static void Require(string statusJson, Front front, string aim)
    {
        int? version = null;
        string? engine = null;
        try
        {
            using var document = JsonDocument.Parse(statusJson);
            version = document.RootElement.TryGetProperty("contract_version", out var v) && v.TryGetInt32(out var number) ? number : null;
            engine = document.RootElement.TryGetProperty("engine_version", out var e) ? e.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new EngineException(
                EngineError.NotAnEngine, $"cannot {aim}: the answer is not one that an engine gives (is this the address of an engine?)", e);
        }

        if (version != Routes.ContractVersion)
        {
            throw new EngineException(
                EngineError.ContractVersion,
                $"cannot {aim}: the engine speaks version {version?.ToString() ?? "?"} of the control API and this {front.Noun} version "
                + $"{Routes.ContractVersion} (use {front.Product} of version {engine ?? "the engine"})");
        }
    }
}
