using Aeterna.Configuration.Profiles;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>nginx refuses a directive that it is given twice, so what its configuration has must be seen.</summary>
public sealed class NginxProfileTests : IDisposable
{
    private const string Pid = "pid \"/run/gen-1/nginx.pid\";";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("aeterna-nginx-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("events {}", "daemon off; " + Pid)]
    [InlineData("# daemon off; pid x;\nevents { pid x; daemon off; }", "daemon off; " + Pid)]
    [InlineData("daemon off; events {}", Pid)]
    [InlineData("daemon\n  off # why\n ; pid '/run/a b.pid';", null)]
    [InlineData("pid /run/nginx.pid;\nevents {}", "daemon off;")]
    [InlineData("daemon on;", "daemon off; " + Pid)]
    [InlineData("http { log_format a \"} { $b ; \\\" pid\"; server { listen 1; } }\npid x;", "daemon off;")]
    [InlineData("include more/*.conf;", "daemon off;")]
    [InlineData("include more/one.conf;", "daemon off;")]
    [InlineData("http { include more/one.conf; }", "daemon off; " + Pid)]
    [InlineData("include nowhere/*.conf; include nowhere;", "daemon off; " + Pid)]
    [InlineData("include nginx.conf;", "daemon off; " + Pid)]
    public void Adds_what_the_configuration_does_not_have(string configuration, string? added)
    {
        _directory.CreateSubdirectory("more");
        File.WriteAllText(Path.Combine(_directory.FullName, "more/one.conf"), "pid /run/x.pid;");
        var file = Path.Combine(_directory.FullName, "nginx.conf");
        File.WriteAllText(file, configuration);
        string[] expected = added is null ? ["nginx", "-c", file] : ["nginx", "-g", added, "-c", file];
        Assert.Equal(expected, Adapt("nginx", "-c", file));
    }

    [Fact]
    public void Joins_the_directives_that_are_there()
    {
        Assert.Equal(["nginx", "-c", "/x", "-g", $"daemon off; {Pid} user a;"], Adapt("nginx", "-c", "/x", "-g", "user a;"));
        Assert.Equal(["nginx", "-qg" + $"daemon off; {Pid} user a", "-c/x"], Adapt("nginx", "-qguser a", "-c/x"));
        Assert.Equal(["nginx", "-g", "daemon off; pid /run/p;", "-c/x"], Adapt("nginx", "-g", "daemon off; pid /run/p;", "-c/x"));
    }

    [Fact]
    public void Finds_the_configuration_below_the_prefix()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "my.conf"), "daemon off; pid x;");
        Assert.Equal(["nginx", "-p", _directory.FullName, "-c", "my.conf"], Adapt("nginx", "-p", _directory.FullName, "-c", "my.conf"));
    }

    [Fact]
    public void The_test_keeps_every_argument()
    {
        var hook = NginxProfile.Profile.DefaultPreFlight!(["nginx", "-c", "/x", "-p", "/y", "-e", "stderr", "-g", "user a;"])!;
        Assert.Equal(["nginx", "-t", "-c", "/x", "-p", "/y", "-e", "stderr", "-g", "daemon off; pid \"/dev/null\"; user a;"], hook.Command);
    }

    private static IReadOnlyList<string> Adapt(params string[] command) => NginxProfile.Profile.AdaptCommand!(command, "/run/gen-1");
}
