using System.Diagnostics;
using System.Runtime.Versioning;
using Aeterna.Load.Rsyslogd;
using Xunit;

namespace Aeterna.Tests.Examples;

/// <summary>bin/aeterna, with a stand-in for the engine that prints what it was given.</summary>
[SupportedOSPlatform("linux")]
public sealed class StarterScriptTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aeterna-test-").FullName;
    private readonly string _script;

    public StarterScriptTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "libexec"));
        _script = Path.Combine(_folder, "aeterna");
        File.Copy(Repository.File("src/Aeterna.Engine/aeterna.sh"), _script);
        Executable(_script);
        Write(Path.Combine(_folder, "libexec", "aeterna"), "#!/bin/sh\necho \"$AETERNA_START_NOFILE $# $2\"\nexit 7\n");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Hands_over_the_arguments_the_exit_code_and_the_descriptor_limit_it_was_started_with()
    {
        var (code, output, _) = Run("/bin/sh", "-c", $"ulimit -S -n 777; exec {_script} a 'b c' d");
        Assert.Equal((7, "777 3 b c"), (code, output));
    }

    [Fact]
    public void Turns_the_runtimes_diagnostics_off_unless_the_user_has_said_something()
    {
        Write(Path.Combine(_folder, "libexec", "aeterna"), "#!/bin/sh\necho \"$DOTNET_EnableDiagnostics $AETERNA_OWN_DIAGNOSTICS\"\n");
        Assert.Equal("0 1", Run("/usr/bin/env", "-u", "DOTNET_EnableDiagnostics", _script).Output.Trim());
        Assert.Equal("1", Run("/usr/bin/env", "DOTNET_EnableDiagnostics=1", _script).Output.Trim());
    }

    [Fact]
    public void Finds_its_files_through_symbolic_links_absolute_and_relative()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "far", "away"));
        File.CreateSymbolicLink(Path.Combine(_folder, "far", "relative"), "../aeterna");
        File.CreateSymbolicLink(Path.Combine(_folder, "far", "away", "absolute"), Path.Combine(_folder, "far", "relative"));
        Assert.Equal(7, Run(Path.Combine(_folder, "far", "away", "absolute")).Code);
        Assert.Equal(7, Run("/bin/sh", "-c", $"cd {_folder}/far && ./relative").Code);
        Assert.Equal(7, Run("/bin/sh", "-c", $"cd {_folder} && sh aeterna").Code);
    }

    [Fact]
    public void Says_what_to_install_when_there_is_no_runtime()
    {
        // Nothing of what the script looks at is there: the paths that are written in it are made others.
        var text = File.ReadAllText(_script).Replace("/usr/share/dotnet", "/nowhere", StringComparison.Ordinal)
            .Replace("/etc/dotnet", "/nowhere", StringComparison.Ordinal);
        Write(_script, text);
        var (code, _, error) = Run("/usr/bin/env", "-i", "PATH=/nowhere", "/bin/sh", _script);
        Assert.Equal(1, code);
        Assert.Contains("aspnetcore-runtime-10.0", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Uses_the_engine_of_this_machine_that_brings_its_own_runtime()
    {
        var machine = Run("/bin/uname", "-m").Output.Trim();
        Directory.CreateDirectory(Path.Combine(_folder, machine));
        File.Move(Path.Combine(_folder, "libexec", "aeterna"), Path.Combine(_folder, machine, "aeterna"));
        var (code, output, _) = Run("/bin/sh", "-c", $"ulimit -S -n 777; exec {_script} a 'b c' d");
        Assert.Equal((7, "777 3 b c"), (code, output.Trim()));
    }

    [Fact]
    public void Says_what_to_do_when_the_engine_was_not_built()
    {
        File.Delete(Path.Combine(_folder, "libexec", "aeterna"));
        var (code, _, error) = Run(_script);
        Assert.Equal(1, code);
        Assert.Contains("make build", error, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Trim(), error.Result);
    }

    private static void Write(string path, string text)
    {
        File.WriteAllText(path, text);
        Executable(path);
    }

    private static void Executable(string path) => File.SetUnixFileMode(
        path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
