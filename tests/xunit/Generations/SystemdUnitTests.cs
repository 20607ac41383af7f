using Aeterna.Generations.Outside;
using Xunit;

namespace Aeterna.Tests.Generations;

/// <summary>Whether systemd would start an adopted daemon anew.</summary>
public class SystemdUnitTests
{
    [Theory]
    [InlineData("0::/system.slice/rsyslog.service", "rsyslog.service")]
    [InlineData("0::/system.slice/system-postgresql.slice/postgresql@15-main.service", "postgresql@15-main.service")]
    [InlineData("0::/system.slice/nginx.service/worker", "nginx.service")]
    [InlineData("0::/user.slice/user-0.slice/session-1.scope", null)]
    [InlineData("1:name=systemd:/system.slice/x.service", null)]
    public void The_unit_is_read_from_the_control_group(string line, string? unit) => Assert.Equal(unit, SystemdUnit.Of([line]));

    [Fact]
    public void One_that_would_be_started_anew_is_refused_with_what_to_do()
    {
        Assert.Equal(
            "systemd would start rsyslog.service anew as soon as it ends (Restart=on-failure); tell it to leave that to the engine first: systemctl mask --runtime rsyslog.service",
            SystemdUnit.WhyAnew("rsyslog.service", 7, "MainPID=7\nRestart=on-failure\nTriggeredBy=syslog.socket\nLoadState=loaded\nUnitFileState=enabled\n"));
        Assert.Contains(
            "it is triggered by syslog.socket", SystemdUnit.WhyAnew("rsyslog.service", 7, "MainPID=7\nRestart=no\nTriggeredBy=syslog.socket\nLoadState=loaded\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MainPID=7\nRestart=no\nTriggeredBy=\nLoadState=loaded\n")]
    [InlineData("MainPID=8\nRestart=always\nTriggeredBy=\nLoadState=loaded\n")]
    [InlineData("MainPID=7\nRestart=always\nTriggeredBy=x.socket\nLoadState=masked\n")]
    [InlineData("MainPID=7\nRestart=always\nTriggeredBy=x.socket\nLoadState=loaded\nUnitFileState=masked-runtime\n")]
    public void One_that_would_not_is_taken(string shown) => Assert.Null(SystemdUnit.WhyAnew("x.service", 7, shown));
}
