using System.Text.Json;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.PowerShell.Engines;

namespace Aeterna.PowerShell.Commands;

/// <summary>What the engine's program says about a configuration file. It alone reads that format.</summary>
internal static class ConfigFile
{
    /// <summary>All that is wrong, or to be known.</summary>
    public static IReadOnlyList<Finding> Check(string path, CancellationToken cancel)
    {
        Require(path);
        var result = EngineProgram.Run(["check", "-c", path, "--json"], cancel).GetAwaiter().GetResult();
        try
        {
            return JsonSerializer.Deserialize(result.Output, ContractJson.Default.IReadOnlyListFinding) ?? [];
        }
        catch (JsonException e)
        {
            throw new EngineException(EngineError.EngineMissing, $"cannot check {path}: {EngineProgram.Find()} says: {result.Error.Trim()}", e);
        }
    }

    /// <summary>Where the engine of that file is, or would be.</summary>
    public static EngineLocation Locate(string path, CancellationToken cancel)
    {
        Require(path);
        var result = EngineProgram.Run(["check", "-c", path, "--where"], cancel).GetAwaiter().GetResult();
        try
        {
            if (result.ExitCode == ExitCode.Done && JsonSerializer.Deserialize(result.Output, ContractJson.Default.EngineLocation) is { } location)
            {
                return location;
            }
        }
        catch (JsonException e)
        {
            throw new EngineException(EngineError.EngineMissing, $"cannot read {path}: {EngineProgram.Find()} does not speak this module's language", e);
        }

        throw result.ExitCode == ExitCode.Usage
            ? Invalid($"start the service of {path}", Check(path, cancel))
            : new EngineException(EngineError.EngineMissing, $"cannot read {path}: {result.Error.Trim()}");
    }

    /// <summary>The failure of a bad configuration.</summary>
    public static EngineException Invalid(string aim, IReadOnlyList<Finding> findings)
    {
        var errors = findings.Where(finding => finding.Severity == FindingSeverity.Error).ToList();
        return new EngineException(
            EngineError.ConfigInvalid, $"cannot {aim}: the configuration is bad: {string.Join("; ", errors)}")
        {
            Findings = errors,
        };
    }

    private static void Require(string path)
    {
        if (!File.Exists(path))
        {
            throw new EngineException(EngineError.FileNotFound, $"cannot read {path}: there is no such file");
        }
    }
}
