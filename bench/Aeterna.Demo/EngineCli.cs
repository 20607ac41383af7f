using System.Diagnostics;
using System.Text.Json;

namespace Aeterna.Demo;

/// <summary>How one call of the command line ended.</summary>
internal sealed record CliResult(int ExitCode, string Output, string Error);

/// <summary>The engine by its command line, as a person or a script uses it.</summary>
/// <param name="program">Path of <c>aeterna</c>.</param>
/// <param name="folder">Where the outputs of calls go.</param>
internal sealed class EngineCli(string program, string folder)
{
    private int _calls;

    /// <summary>Runs a verb to its end.</summary>
    public async Task<CliResult> Run(params string[] arguments)
    {
        // To files, not to pipes: an engine that start leaves behind could hold a pipe open, and its end would not be seen.
        var call = Path.Combine(folder, FormattableString.Invariant($"call-{Interlocked.Increment(ref _calls)}"));
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$OUT\" 2>\"$ERR\" </dev/null", "sh", program, .. arguments]);
        start.Environment["OUT"] = call + ".out";
        start.Environment["ERR"] = call + ".err";
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync().ConfigureAwait(false);
        return new CliResult(process.ExitCode, await Text(call + ".out").ConfigureAwait(false), await Text(call + ".err").ConfigureAwait(false));
    }

    /// <summary>What <c>status --json</c> says; null when no engine answers as the contract has it.</summary>
    public async Task<EngineStatus?> Status(string name)
    {
        var result = await Run("status", "-n", name, "--json").ConfigureAwait(false);
        return result.ExitCode == 0 ? EngineStatus.Parse(result.Output) : null;
    }

    private static async Task<string> Text(string path)
    {
        var text = await File.ReadAllTextAsync(path).ConfigureAwait(false);
        File.Delete(path);
        return text.Trim();
    }
}

/// <summary>The part of the status that the demo looks at.</summary>
/// <param name="State"><c>fsm_state</c>.</param>
/// <param name="Pid"><c>current_pid</c>.</param>
/// <param name="CandidatePid"><c>candidate_pid</c>.</param>
/// <param name="EnginePid"><c>engine_pid</c>.</param>
/// <param name="Verdict">Of the last reload.</param>
/// <param name="Message">Of the last reload.</param>
internal sealed record EngineStatus(string State, int? Pid, int? CandidatePid, int? EnginePid, string? Verdict, string? Message)
{
    /// <summary>Null when the text is not a status.</summary>
    public static EngineStatus? Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var last = root.TryGetProperty("last_reload", out var reload) && reload.ValueKind == JsonValueKind.Object ? reload : default;
            return new EngineStatus(
                root.GetProperty("fsm_state").GetString()!, Number(root, "current_pid") is { } pid and not 0 ? pid : null, Number(root, "candidate_pid"), Number(root, "engine_pid"),
                Text(last, "verdict"), Text(last, "message"));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static int? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
