using System.Globalization;
using Aeterna.Load;
using Aeterna.Load.Rsyslogd;

namespace Aeterna.Demo;

/// <summary>The variants of <c>examples/rsyslogd</c> that the engine runs: high ports, a short soak, everything in one folder.</summary>
internal sealed class EngineSite : IDisposable
{
    public EngineSite()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"demo-{Environment.ProcessId}");
        Rsyslogd = new RsyslogdSite();
        Health = new HealthEndpoint(Ports.Next());
        File.WriteAllText(PlanPath, PlanText());
    }

    /// <summary>The service's name.</summary>
    public string Name { get; }

    public RsyslogdSite Rsyslogd { get; }

    public HealthEndpoint Health { get; }

    /// <summary>The aeterna.yaml.</summary>
    public string PlanPath => Path.Combine(Rsyslogd.Folder, "aeterna.yaml");

    /// <summary>A rsyslog.conf that rsyslogd itself refuses.</summary>
    public void BreakConfig() => File.AppendAllText(Rsyslogd.ConfigPath, "input(type=\"imtcp\" prot=\"514\")\n");

    public void RestoreConfig() => Rsyslogd.Restore();

    public void Dispose()
    {
        Health.Dispose();
        Rsyslogd.Dispose();
    }

    private string PlanText() => Variant.Of(
        Repository.File("examples/rsyslogd/aeterna.yaml"),
        [
            ("name: \"rsyslogd\"", $"name: \"{Name}\""),
            ("/etc/rsyslog.conf", Rsyslogd.ConfigPath),
            ("soak_time: \"30s\"", "soak_time: \"4s\"\n    switch_timeout: \"20s\""),
            ("# health_check:", "health_check:"),
            ("http://localhost:8080/health", Health.Url),
            ("interval: \"5s\"", "interval: \"500ms\""),
            ("/tmp/rsyslogd_srp.sock", Path.Combine(Rsyslogd.Folder, "srp.sock")),
            (":9091", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Ports.Next()}")),
        ]) + $"\nhistory: {{ directory: \"{Path.Combine(Rsyslogd.Folder, "history")}\" }}\n";
}
