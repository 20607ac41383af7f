using System.Diagnostics;
using System.Globalization;
using System.Text;
using Aeterna.Linux;
using Aeterna.Load;
using Xunit;

namespace Aeterna.Tests.Support;

/// <summary>Runs the test engine's program, with run and state directories of its own.</summary>
internal sealed class EngineProcess(ScratchDirectory scratch)
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    public Dictionary<string, string> Environment { get; } = [];

    public string RunDirectory => scratch["run/aeterna/demo"];

    public string Socket => Path.Combine(RunDirectory, "control.sock");

    public sealed record Result(int ExitCode, string Out, string Error);

    /// <summary>Writes a configuration and returns its path.</summary>
    public string Config(string command = "/bin/true", string more = "")
    {
        File.WriteAllText(scratch["demo.yaml"], $"""
            version: "v1"
            service:
              name: "demo"
              command: ["{command}"]
            observability:
              metrics_port: "127.0.0.1:{Ports.Next()}"
            {more}
            """);
        return scratch["demo.yaml"];
    }

    /// <summary>Starts it without waiting.</summary>
    public Process Start(params string[] args) => Launch(["dotnet", typeof(EngineProcess).Assembly.Location, .. args]);

    private Process Launch(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };

        Directory.CreateDirectory(scratch["run"]);
        start.Environment["XDG_RUNTIME_DIR"] = scratch["run"];
        start.Environment["XDG_STATE_HOME"] = scratch["state"];
        start.Environment.Remove("NOTIFY_SOCKET");
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Runs it to its end: until it has exited and nobody holds its stdout and stderr any more.</summary>
    public Task<Result> Run(params string[] args) => ToEnd(Start(args));

    /// <summary>The same by way of a shell script, which has the command line as its arguments.</summary>
    public Task<Result> RunShell(string script, params string[] args) =>
        ToEnd(Launch(["/bin/sh", "-c", script, "sh", "dotnet", typeof(EngineProcess).Assembly.Location, .. args]));

    private static async Task<Result> ToEnd(Process started)
    {
        using var process = started;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await Task.WhenAll(output, error, process.WaitForExitAsync()).WaitAsync(_limit);
        return new Result(process.ExitCode, await output, await error);
    }

    /// <summary>Ends an engine that a failed test has left behind, which its pid file tells.</summary>
    public void KillWhatIsLeft()
    {
        var pidFile = Path.Combine(RunDirectory, "engine.pid");
        if (!File.Exists(pidFile))
        {
            return;
        }

        using var file = PlainFile.OpenUnlocked(pidFile);
        var text = new byte[20];
        var pid = int.Parse(Encoding.ASCII.GetString(text, 0, RandomAccess.Read(file, text, 0)), CultureInfo.InvariantCulture);
        if (!FileLock.TryTake(file))
        {
            Signal(pid, "KILL");
        }
    }

    /// <summary>Waits until the engine answers.</summary>
    public Task Answers() => Waiting.Until(() => File.Exists(Socket) && Run("status", "-n", "demo").Result.ExitCode == 0);

    /// <summary>Waits for the end of a started process and returns its exit code.</summary>
    public static async Task<int> End(Process process)
    {
        await process.WaitForExitAsync().WaitAsync(_limit);
        return process.ExitCode;
    }

    /// <summary>Sends a signal by its name.</summary>
    public static void Signal(int pid, string name)
    {
        using var kill = Process.Start("/bin/kill", ["-" + name, pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }
}
