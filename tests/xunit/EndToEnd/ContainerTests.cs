using System.Text.RegularExpressions;

using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>
/// What docs/containers.md says, in namespaces with the capabilities and the filter of a container (tests/container), on the files of
/// examples/container.
/// </summary>
public sealed partial class ContainerTests : IDisposable
{
    private readonly string _folder = Temp.Folder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Beside process 1: messages, a reload by command and by signal, an orphan, and the end.</summary>
    private const string Beside = """
        until $aeterna status rsyslogd 2> /dev/null | grep -q RUNNING; do sleep 0.1; done
        logger --server 127.0.0.1 --port 514 --tcp first
        logger --server 127.0.0.1 --port 514 --udp second
        $aeterna reload rsyslogd --wait | tail -n 1
        logger --server 127.0.0.1 --port 514 --tcp third
        kill -HUP 1
        until [ "$($aeterna history rsyslogd | grep -c ' succeeded ')" = 3 ]; do sleep 0.1; done
        sh -c 'sleep 0.01 & echo $! > FOLDER/orphan'
        while [ -e /proc/$(cat FOLDER/orphan) ]; do sleep 0.1; done
        echo "the orphan is gone"
        until grep -q third FOLDER/log/messages.log && grep -q second FOLDER/log/messages.log; do sleep 0.1; done
        kill -TERM 1
        """;

    [RootTheory]
    [InlineData("default,+sys_ptrace")]
    [InlineData("+sys_ptrace,+net_bind_service")]
    public void As_process_1_with_what_a_container_gets_it_serves_reloads_reaps_and_stops(string capabilities)
    {
        var (code, output, error) = InTime("box.sh", capabilities, Script(LiveEngine.Program, _folder));
        Assert.True(code == 0, $"{code}\n{output}\n{error}\n{Said}");
        AssertServed();
    }

    /// <summary>Root of a user namespace, whose one user is an ordinary one.</summary>
    [RootFact]
    public void Of_an_ordinary_user_it_serves_and_reloads_too()
    {
        // Not every folder of the tree is open to that user.
        var program = Path.Combine(_folder, "engine", Path.GetFileName(LiveEngine.Program));
        Directory.CreateDirectory(Path.GetDirectoryName(program)!);
        Shell.Output("cp", "-r", IsOneFile ? LiveEngine.Program : Path.GetDirectoryName(LiveEngine.Program) + "/.", Path.GetDirectoryName(program)!);
        var (code, output, error) = InTime("rootless.sh", _folder, Script($"/data/engine/{Path.GetFileName(program)}", "/data"));
        Assert.True(code == 0, $"{code}\n{output}\n{error}\n{Said}");
        AssertServed();
    }

    [RootFact]
    public void Without_the_capability_nothing_is_started_and_the_remedy_is_named()
    {
        var (code, output, error) = InTime("box.sh", "default", Script(LiveEngine.Program, _folder, "true"));
        Assert.Equal(1, code);
        Assert.Contains("pidfd_getfd: operation not permitted", output + error, StringComparison.Ordinal);
        Assert.Contains("in a container with --cap-add SYS_PTRACE", output + error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder, "log", "messages.log")));
    }

    /// <summary>The page, the examples and these tests speak of the same two capabilities.</summary>
    [Fact]
    public void The_examples_ask_for_what_is_tested()
    {
        foreach (var file in new[] { "compose.yaml", "daemonset.yaml" })
        {
            var text = File.ReadAllText(Repository.File("examples", "container", file));
            Assert.Equal(["SYS_PTRACE", "NET_BIND_SERVICE"], Added().Match(text).Groups[1].Value.Split(',').Select(word => word.Trim(' ', '"')));
        }

        Assert.Contains("--cap-add SYS_PTRACE", Docs.Read("containers.md"), StringComparison.Ordinal);
    }

    /// <summary>The script waits for what it asks for; what never comes ends here.</summary>
    private static (int Code, string Output, string Error) InTime(string container, params string[] arguments) =>
        Shell.Run("timeout", ["--kill-after", "5", "120", Repository.File("tests", "container", container), .. arguments]);

    /// <summary>The engine that ships; one that was built beside the tests has its assemblies around it.</summary>
    private static bool IsOneFile => Environment.GetEnvironmentVariable("AETERNA_ENGINE") is { Length: > 0 };

    private string Said => File.Exists(Path.Combine(_folder, "said")) ? File.ReadAllText(Path.Combine(_folder, "said")) : "nothing was said";

    private void AssertServed()
    {
        Assert.Matches(@"reload \S+ succeeded in .*: generation 2 \(pid \d+\) serves in place of generation 1", Said);
        Assert.Contains("the orphan is gone", Said, StringComparison.Ordinal);
        var log = File.ReadAllText(Path.Combine(_folder, "log", "messages.log"));
        Assert.All(new[] { "first", "second", "third" }, word => Assert.Single(Regex.Matches(log, $@" 127\.0\.0\.1 .*\b{word}\n")));
    }

    /// <summary>Process 1: the example's files at a folder of the test's, what happens beside it, and the engine.</summary>
    /// <returns>The script's path as process 1 sees it.</returns>
    private string Script(string program, string folder, string beside = Beside)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "log"));
        foreach (var file in new[] { "aeterna.yaml", "rsyslog.conf" })
        {
            File.WriteAllText(Path.Combine(_folder, file), File.ReadAllText(Repository.File("examples", "container", file))
                .Replace("/etc/rsyslog.conf", $"{folder}/rsyslog.conf", StringComparison.Ordinal).Replace("/etc/rsyslog.d", $"{folder}/rules", StringComparison.Ordinal)
                .Replace("/var/log/aeterna", $"{folder}/log", StringComparison.Ordinal).Replace("/var/spool/rsyslog", $"{folder}/log", StringComparison.Ordinal)
                .Replace("soak_time: \"30s\"", "soak_time: \"1s\"", StringComparison.Ordinal).Replace("interval: \"5s\"", "interval: \"200ms\"", StringComparison.Ordinal));
        }

        File.WriteAllText(Path.Combine(_folder, "beside"), $"aeterna={program}\n{beside.Replace("FOLDER", folder, StringComparison.Ordinal)}\n");
        File.WriteAllText(Path.Combine(_folder, "start"), $"#!/bin/sh\nsh {folder}/beside > {folder}/said 2>&1 &\nexec {program} start -c {folder}/aeterna.yaml\n");
        File.SetUnixFileMode(Path.Combine(_folder, "start"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return $"{folder}/start";
    }

    [GeneratedRegex(@"(?m)^ *(?:cap_add|add): \[(.*)\]$")]
    private static partial Regex Added();
}
