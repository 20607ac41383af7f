using System.Diagnostics;

namespace Aeterna.Tests.Support;

/// <summary>Compiles C in a temporary folder.</summary>
internal static class Gcc
{
    /// <summary>Runs gcc; returns what it printed, "" when it was content.</summary>
    public static string Compile(string source, params string[] arguments)
    {
        var folder = Temp.Folder();
        try
        {
            var file = Path.Combine(folder, "test.c");
            File.WriteAllText(file, source);
            var start = new ProcessStartInfo("gcc", [file, .. arguments]) { RedirectStandardError = true };
            using var gcc = Process.Start(start)!;
            var output = gcc.StandardError.ReadToEnd();
            gcc.WaitForExit();
            return gcc.ExitCode == 0 ? "" : output;
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
