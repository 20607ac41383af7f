using System.Diagnostics;

using Aeterna.Tests.Support;

namespace Aeterna.Tests.Security;

/// <summary>A program of an ordinary user that does something over and over, as fast as it can, until it is disposed.</summary>
internal sealed class Attacker : IDisposable
{
    public const int User = 65534;

    private readonly Process _process;

    /// <param name="folder">Where its script goes; others must be able to read there.</param>
    /// <param name="once">Python: what comes first. <c>exchange(a, b)</c> swaps two names at once.</param>
    /// <param name="ever">Python: what is repeated. Errors are passed over.</param>
    /// <param name="arguments">sys.argv[1:].</param>
    public Attacker(string folder, string once, string ever, params string[] arguments)
    {
        var script = Path.Combine(folder, $"attacker-{Guid.NewGuid():N}.py");
        File.WriteAllText(script, $"""
            import ctypes, os, socket, sys
            libc = ctypes.CDLL(None)
            def exchange(a, b): libc.renameat2(-100, a.encode(), -100, b.encode(), 2)
            {once}
            print('ready', flush=True)
            while os.getppid() != 1:
                try:
            {string.Join('\n', ever.Split('\n').Select(l => "        " + l))}
                except OSError: pass
            """);
        File.SetUnixFileMode(script, (UnixFileMode)0x1A4); // 0644
        _process = Process.Start(new ProcessStartInfo(
            "setpriv", [$"--reuid={User}", $"--regid={User}", "--clear-groups", "/usr/bin/python3", "-S", script, .. arguments])
        {
            RedirectStandardOutput = true,
        })!;
        _process.StandardOutput.ReadLine();
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>Owner of a file.</summary>
    public static string OwnerOf(string path) => Shell.Output("stat", "-c", "%u", path).Trim();
}
