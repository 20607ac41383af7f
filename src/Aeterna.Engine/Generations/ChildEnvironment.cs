using System.Collections;
using Aeterna.Linux;

namespace Aeterna.Generations;

/// <summary>The environment of what the engine starts: its own, without what was meant for the engine itself.</summary>
internal static class ChildEnvironment
{
    /// <summary>What all processes of a service have.</summary>
    public const string Managed = "AETERNA_MANAGED=1";

    /// <summary>The soft limit of descriptors that the engine is meant to have been started with; noted by who starts it in the background.</summary>
    public const string StartNoFile = "AETERNA_START_NOFILE";

    private static readonly string[] _forTheEngine =
        [StartNoFile, "AETERNA_KEEPER", "NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "WATCHDOG_PID", "WATCHDOG_USEC", "MAINPID", "AETERNA_STATE_SOCK"];

    /// <summary>The engine's environment as it is, for another process of the engine's own program.</summary>
    public static IReadOnlyList<string> Whole() =>
        [.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(v => $"{v.Key}={v.Value}")];

    /// <summary>The engine's environment without what was meant for the engine itself, as <c>NAME=value</c>.</summary>
    public static IReadOnlyList<string> Own() => Of(Whole());

    /// <summary>The same of an engine with this environment, as another process reads it.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> environment)
    {
        string[] left = environment.Any(v => Name(v) == RuntimeVariables.OwnDiagnostics)
            ? [.. _forTheEngine, RuntimeVariables.OwnDiagnostics, RuntimeVariables.Diagnostics] : _forTheEngine;
        return [.. environment.Where(v => v.Contains('=', StringComparison.Ordinal) && !left.Contains(Name(v)))];
    }

    /// <summary>Later ones win over earlier ones of the same name.</summary>
    public static IReadOnlyList<string> Merge(params IReadOnlyList<string>[] layers)
    {
        Dictionary<string, string> merged = [];
        foreach (var variable in layers.SelectMany(l => l))
        {
            merged[Name(variable)] = variable;
        }

        return [.. merged.Values];
    }

    private static string Name(string variable) => variable.IndexOf('=', StringComparison.Ordinal) is >= 0 and var end ? variable[..end] : variable;
}
