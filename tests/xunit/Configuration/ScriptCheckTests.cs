using Aeterna.Configuration.Checks;
using Xunit;

namespace Aeterna.Tests.Configuration;

public sealed class ScriptCheckTests
{
    [Theory]
    [InlineData("/srv/a.py", "/usr/bin/python3", "-S", "/srv/a.py", "--port", "1")]
    [InlineData("/srv/a.py", "python3.11", "-X", "dev", "-u", "/srv/a.py")]
    [InlineData("a.sh", "bash", "a.sh")]
    [InlineData("/srv/a.ps1", "pwsh", "-NoProfile", "-File", "/srv/a.ps1")]
    [InlineData("/srv/a.ps1", "pwsh", "-ExecutionPolicy", "Bypass", "-File", "/srv/a.ps1")]
    [InlineData(null, "pwsh", "-NoProfile", "-Command", "/srv/a -b")]
    [InlineData(null, "/bin/sh", "-c", "echo /srv/a")]
    [InlineData(null, "/bin/bash", "-lc", "/srv/a")]
    [InlineData(null, "python3", "-m", "http.server")]
    [InlineData(null, "python3", "-Sm", "http.server")]
    [InlineData(null, "node", "-e", "1")]
    [InlineData(null, "/usr/sbin/rsyslogd", "-f", "/etc/none.conf", "/nothing")]
    [InlineData(null, "python3")]
    public void The_script_of_a_command(string? expected, params string[] command) => Assert.Equal(expected, ScriptCheck.ScriptOf(command));
}
