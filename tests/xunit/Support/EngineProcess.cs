using System.Diagnostics;
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
              metrics_port: "127.0.0.1:{ControlRig.FreePort()}"
            {more}
            """);
        return scratch["demo.yaml"];
    }

    /// <summary>Starts it without waiting.</summary>
    public Process Start(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(typeof(EngineProcess).Assembly.Location);
        foreach (var arg in args)
        {
            start.ArgumentList.Add(arg);
        }

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
    public async Task<Result> Run(params string[] args)
    {
        using var process = Start(args);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await Task.WhenAll(output, error, process.WaitForExitAsync()).WaitAsync(_limit);
        return new Result(process.ExitCode, await output, await error);
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
        using var kill = Process.Start("/bin/kill", ["-" + name, pid.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }
}
