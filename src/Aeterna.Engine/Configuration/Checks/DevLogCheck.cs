using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Checks;

/// <summary>
/// Whether the program would take /dev/log from systemd's journal, which passes on by another socket. A unit of the distribution's hands that
/// over; without it the journal sees nothing any more, and after a stop nobody.
/// </summary>
internal static class DevLogCheck
{
    private const string Journal = "/run/systemd/journal/dev-log";
    private const string PassedOn = "/run/systemd/journal/syslog";

    /// <param name="service">The service.</param>
    /// <param name="report">Where to.</param>
    /// <param name="path">Of the link that is the journal's.</param>
    public static void Run(ServicePlan service, CheckReport report, string path = "/dev/log")
    {
        if (service.Profile.TakesDevLog is { } takes && !service.Listeners.Any(listener => listener.Address.Path == PassedOn)
            && new FileInfo(path).LinkTarget == Journal && takes(service))
        {
            report.Warning(
                "service.command", FindingCode.TakesDevLog, "it would put a socket of its own in the place of /dev/log, which is the journal's",
                $$"""add service.listeners: [{ name: journal, address: "unixgram://{{PassedOn}}", handoff: inherit }], and stop syslog.socket; see docs/first-hour.md""");
        }
    }
}
