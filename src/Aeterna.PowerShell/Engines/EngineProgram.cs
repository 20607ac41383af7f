using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Aeterna.Client;

namespace Aeterna.PowerShell.Engines;

/// <summary>What a run of the engine's program gave.</summary>
internal sealed record ProgramResult(int ExitCode, string Output, string Error);

/// <summary>The program <c>aeterna</c> that belongs to this module.</summary>
internal static class EngineProgram
{
    /// <summary>Names another program.</summary>
    public const string Variable = "AETERNA_ENGINE";

    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Where it is: in a folder of <c>engine/</c> that is named after the machine, or in a source tree as <c>bin/aeterna</c>.</summary>
    public static string Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return File.Exists(named)
                ? named
                : throw new EngineException(EngineError.EngineMissing, $"cannot run the engine: {named} is not there ({Variable} names it)");
        }

        var here = Path.GetDirectoryName(typeof(EngineProgram).Assembly.Location)!;
        string[] places = [Path.Combine(here, "engine", Machine, "aeterna"), Path.GetFullPath(Path.Combine(here, "..", "aeterna"))];
        return places.FirstOrDefault(File.Exists) ?? throw new EngineException(
            EngineError.EngineMissing, $"cannot run the engine: it is not at {places[0]} (install the module again, or run make build in a source tree)");
    }

    /// <summary>As <c>uname -m</c> names it.</summary>
    private static string Machine => RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64";

    /// <summary>Runs it to its end, without a terminal. Cancelling kills that process, not an engine that it has started.</summary>
    public static async Task<ProgramResult> Run(IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        using var process = Start(arguments, redirect: true);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        return new ProgramResult(process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
    }

    /// <summary>Starts it; with <paramref name="redirect"/> its streams are pipes, without they are the shell's.</summary>
    public static Process Start(IReadOnlyList<string> arguments, bool redirect)
    {
        var program = Find();
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = redirect,
            RedirectStandardOutput = redirect,
            RedirectStandardError = redirect,
        };
        try
        {
            MakeExecutable(program);
            return Process.Start(start)!;
        }
        catch (Exception e) when (e is Win32Exception or UnauthorizedAccessException or IOException)
        {
            throw new EngineException(EngineError.EngineMissing, $"cannot run {program}: {e.Message}", e);
        }
    }

    // A package of a module repository carries no file modes.
    private static void MakeExecutable(string program)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new EngineException(
                EngineError.EngineMissing, "cannot run the engine: it is a program for Linux (an engine elsewhere is reached with -Uri)");
        }

        var mode = File.GetUnixFileMode(program);
        if ((mode & UnixFileMode.UserExecute) == 0)
        {
            File.SetUnixFileMode(program, mode | Executable);
        }
    }
}
