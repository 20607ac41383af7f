using Aeterna.Configuration;
using Aeterna.Configuration.Checks;
using Aeterna.Tests.Configuration.Support;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>On a host whose journal has /dev/log, a rsyslogd that would take it is told of before it does.</summary>
public sealed class DevLogCheckTests : IDisposable
{
    private const string Stock = "module(load=\"imuxsock\") # provides support for local system logging\n";
    private const string Journals = "/run/systemd/journal/dev-log";

    private readonly string _folder = Temp.Folder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Stock, Journals, "", true)]
    [InlineData("$ModLoad imuxsock\n", Journals, "", true)]
    [InlineData(Stock, "/run/elsewhere", "", false)]
    [InlineData(Stock, null, "", false)]
    [InlineData(Stock, Journals, "listeners: [{ name: journal, address: \"unixgram:///run/systemd/journal/syslog\", handoff: inherit }]", false)]
    [InlineData("module(load=\"imtcp\")\n", Journals, "", false)]
    [InlineData("module(load=\"imuxsock\" SysSock.Use=\"off\")\n", Journals, "", false)]
    [InlineData("module(load=\"imuxsock\" SysSock.Name=\"/run/systemd/journal/syslog\")\n", Journals, "", false)]
    [InlineData("$ModLoad imuxsock\n$OmitLocalLogging on\n", Journals, "", false)]
    public void A_warning_where_it_would(string rsyslog, string? target, string listeners, bool warns)
    {
        var (conf, link) = (Path.Combine(_folder, "rsyslog.conf"), Path.Combine(_folder, "log"));
        File.WriteAllText(conf, rsyslog);
        if (target is not null)
        {
            File.CreateSymbolicLink(link, target);
        }

        var loaded = Yaml.Load($"version: v1\nservice:\n  name: a\n  command: [/usr/sbin/rsyslogd, -n, -f, {conf}]\n  {listeners}\n");
        var report = new CheckReport(new FindingList(loaded.File), loaded.Places);
        DevLogCheck.Run(loaded.Plan!.Service, report, link);
        var findings = report.Findings.InOrder();
        if (!warns)
        {
            Assert.Empty(findings);
            return;
        }

        var finding = Assert.Single(findings);
        Assert.Equal(("warning", "takes_dev_log"), (finding.Severity, finding.Code));
        Assert.Contains("in the place of /dev/log, which is the journal's", finding.Message, StringComparison.Ordinal);
    }
}
