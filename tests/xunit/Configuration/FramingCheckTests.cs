using Aeterna.Configuration;
using Aeterna.Configuration.Checks;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Configuration.Support;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>What "aeterna check" says of a program's own rules for its streams.</summary>
public sealed class FramingCheckTests : IDisposable
{
    private readonly string _folder = Temp.Folder();

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [InlineData("module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"6514\")", "", "")]
    [InlineData("module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"6514\")", "tls: { certificate: /c, key: /k }", "")]
    [InlineData("module(load=\"imtcp\" streamDriver.mode=\"1\")\ninput(type=\"imtcp\" port=\"6514\")", "tls: { certificate: /c, key: /k }", "error tls_twice,warning carried_as_it_comes")]
    [InlineData("module(load=\"imptcp\")\ninput(type=\"imptcp\" port=\"6514\" compression.mode=\"stream:always\")", "", "warning carried_as_it_comes")]
    [InlineData("module(load=\"imptcp\")\ninput(type=\"imptcp\" port=\"6514\" compression.mode=\"stream:always\")", "framing: syslog", "warning cut_otherwise,warning carried_as_it_comes")]
    [InlineData("module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"6514\")", "framing: line", "warning cut_otherwise")]
    [InlineData("module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"6514\")", "framing: none", "")]
    public void Says_what_cannot_be_followed(string rsyslog, string listener, string expected)
    {
        File.WriteAllText(Path.Combine(_folder, "r.conf"), rsyslog);
        var text = $"version: v1\nservice: {{ name: a, command: [/usr/sbin/rsyslogd, -f, {_folder}/r.conf], listeners: [{{ name: l, address: \"tcp://0.0.0.0:6514\", handoff: relay{(listener.Length > 0 ? ", " + listener : "")} }}] }}\n";
        var loaded = Yaml.Load(text);
        Assert.NotNull(loaded.Plan);
        var report = new CheckReport(new FindingList(loaded.File), loaded.Places);
        FramingCheck.Run(loaded.Plan.Service, report);
        Assert.Equal(expected.Split(',', StringSplitOptions.RemoveEmptyEntries).Order(), report.Findings.InOrder().Select(f => $"{f.Severity} {f.Code}".ToLowerInvariant()).Order());
    }

    [Theory]
    [InlineData("*.example.net", "a.example.net", true)]
    [InlineData("*.example.net", "a.b.example.net", false)]
    [InlineData("*.example.net", "example.net", false)]
    [InlineData("log*.example.net", "LOG7.example.NET", true)]
    [InlineData("*7.example.net", "log7.example.net", true)]
    [InlineData("*7.example.net", "log8.example.net", false)]
    [InlineData("host.example.net", "host.example.net.", true)]
    [InlineData("*", "host", true)]
    [InlineData("*", "host.example.net", false)]
    public void Names_of_clients_match_label_by_label(string permitted, string name, bool matches)
    {
        Assert.True(PermittedPeer.TryParse(permitted, out var peer));
        Assert.Equal(matches, peer.IsName(name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("a*b.example.net")]
    [InlineData("**.example.net")]
    [InlineData("SHA256:10:C4")]
    [InlineData("SHA1:10:C4:26:7G:10:C4:26:70:10:C4:26:70:10:C4:26:70:10:C4:26:70")]
    [InlineData("MD5:10:C4")]
    public void Other_peers_are_refused(string text) => Assert.False(PermittedPeer.TryParse(text, out _));

    [Theory]
    [InlineData("permitted_peers: [\"*.example.net\"]", "service.listeners[0].tls.permitted_peers: *.example.net is a name")]
    [InlineData("min_version: \"1.3\", ciphers: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]", "service.listeners[0].tls.ciphers: none of them")]
    [InlineData("ciphers: [TLS_NONSENSE]", "service.listeners[0].tls.ciphers[0]: ")]
    [InlineData("min_version: \"1.1\"", "service.listeners[0].tls.min_version: ")]
    public void Impossible_rules_of_tls_are_refused(string keys, string message)
    {
        var loaded = Yaml.Load($"version: v1\nservice: {{ name: a, command: [b], listeners: [{{ name: l, address: \"tcp://0.0.0.0:6514\", framing: line, tls: {{ certificate: /c, key: /k, {keys} }} }}] }}\n");
        Assert.Null(loaded.Plan);
        Assert.Contains(loaded.Findings, finding => finding.Message.StartsWith(message, StringComparison.Ordinal));
    }
}
