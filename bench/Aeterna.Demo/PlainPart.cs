using System.Diagnostics;
using System.Globalization;
using Aeterna.Load.Rsyslogd;

namespace Aeterna.Demo;

/// <summary>The same load against an rsyslogd that is stopped and started again, as a service manager does it.</summary>
internal static class PlainPart
{
    private static readonly TimeSpan _between = TimeSpan.FromSeconds(3);

    public static async Task<Outcome> Run(Screen screen, int swaps)
    {
        using var site = new RsyslogdSite();
        var generation = 1;
        var rsyslogd = PlainRsyslogd.Start(site, generation);
        try
        {
            await rsyslogd.Ready(site).ConfigureAwait(false);
            var run = DemoLoad.Start(site);
            await using (run.ConfigureAwait(false))
            {
                while (generation <= swaps)
                {
                    await Task.Delay(_between).ConfigureAwait(false);
                    var (oldPid, begun) = (rsyslogd.Pid, Stopwatch.GetTimestamp());
                    await rsyslogd.Stop().ConfigureAwait(false);
                    await rsyslogd.DisposeAsync().ConfigureAwait(false);
                    rsyslogd = PlainRsyslogd.Start(site, ++generation);
                    await rsyslogd.Ready(site).ConfigureAwait(false);
                    screen.Line(true, "stop and start", string.Create(
                        CultureInfo.InvariantCulture,
                        $"pid {oldPid} -> {rsyslogd.Pid}, nobody served for {Stopwatch.GetElapsedTime(begun).TotalMilliseconds:F0} ms"));
                }

                await Task.Delay(_between).ConfigureAwait(false);
                return await screen.Doing("waiting until all is written", () => DemoLoad.End(run, site, kills: [])).ConfigureAwait(false);
            }
        }
        finally
        {
            await rsyslogd.DisposeAsync().ConfigureAwait(false);
        }
    }
}
