using System.Diagnostics;

namespace Aeterna.Tests.Support;

/// <summary>Runs a program to its end.</summary>
internal static class Shell
{
    /// <summary>What it printed on stdout; throws with its stderr when it failed.</summary>
    public static string Output(string program, params string[] arguments)
    {
        var (code, output, error) = Run(program, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{program}: exit code {code}: {error}");
    }

    public static (int Code, string Output, string Error) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
