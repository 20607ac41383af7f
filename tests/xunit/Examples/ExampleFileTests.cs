using System.Diagnostics;
using Aeterna.Demo;
using Aeterna.Load;
using Aeterna.Load.Rsyslogd;
using Xunit;

namespace Aeterna.Tests.Examples;

public sealed class ExampleFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aeterna-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Rsyslogd_takes_its_example_as_it_stands() =>
        AssertRuns(PlainRsyslogd.Binary, "-N1", "-f", Repository.File("examples/rsyslogd/rsyslog.conf"));

    [Fact]
    public void On_a_host_with_systemd_one_listener_is_what_differs()
    {
        static List<string> Keys(string file) => [.. File.ReadLines(Repository.File(file)).Where(line => !line.TrimStart().StartsWith('#') && line.Length > 0)];
        var (plain, withJournal) = (Keys("examples/rsyslogd/aeterna.yaml"), Keys("examples/systemd/rsyslogd.yaml"));
        Assert.Equal(plain, withJournal.Where(line => !line.Contains("listeners:", StringComparison.Ordinal) && !line.Contains("journal", StringComparison.Ordinal)));
        Assert.Equal(plain.Count + 2, withJournal.Count);
    }

    [Fact]
    public void Nginx_takes_its_example()
    {
        var path = Path.Combine(_folder, "nginx.conf");
        File.WriteAllText(path, Variant.Of(
            Repository.File("examples/nginx/nginx.conf"),
            [("/run/", _folder + "/"), ("listen 80 ", $"listen 127.0.0.1:{Ports.Next()} ")]));
        AssertRuns("/usr/sbin/nginx", "-t", "-c", path, "-g", "daemon off;");
    }

    [Fact]
    public void The_demo_leaves_no_path_or_port_of_the_real_machine_in_its_variant()
    {
        using var site = new EngineSite();
        var text = File.ReadAllText(site.PlanPath) + File.ReadAllText(site.Rsyslogd.ConfigPath);
        var used = text.Split('\n').Where(line => !line.TrimStart().StartsWith('#'));
        Assert.DoesNotContain(used, line => line.Contains("\"514\"", StringComparison.Ordinal)
            || line.Contains("/dev/log\"", StringComparison.Ordinal)
            || line.Contains("/var/", StringComparison.Ordinal)
            || line.Contains("/etc/", StringComparison.Ordinal)
            || line.Contains(":9091", StringComparison.Ordinal));
    }

    [Fact]
    public void The_demos_broken_configuration_is_one_that_rsyslogd_refuses_and_the_restored_one_is_not()
    {
        using var site = new EngineSite();
        site.BreakConfig();
        Assert.NotEqual(0, Run(PlainRsyslogd.Binary, "-N1", "-f", site.Rsyslogd.ConfigPath).ExitCode);
        site.RestoreConfig();
        AssertRuns(PlainRsyslogd.Binary, "-N1", "-f", site.Rsyslogd.ConfigPath);
    }

    [Fact]
    public void A_replacement_that_finds_nothing_is_refused()
    {
        var path = Path.Combine(_folder, "x");
        File.WriteAllText(path, "one two");
        Assert.Equal("1 two", Variant.Of(path, [("one", "1")]));
        var e = Assert.Throws<InvalidOperationException>(() => Variant.Of(path, [("three", "3")]));
        Assert.Contains("three is not in it", e.Message, StringComparison.Ordinal);
    }

    private static void AssertRuns(string program, params string[] arguments)
    {
        var (exitCode, output) = Run(program, arguments);
        Assert.True(exitCode == 0, output);
    }

    private static (int ExitCode, string Output) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var output = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
