using System.Globalization;

namespace Aeterna.Load.Rsyslogd;

/// <summary>Whether a site's inputs are bound, read from /proc/net so that no connection is made for it.</summary>
internal static class BoundInputs
{
    private const string Listening = " 0A ";

    public static bool All(RsyslogdSite site)
    {
        var local = string.Create(CultureInfo.InvariantCulture, $" 0100007F:{site.Port:X4} ");
        return Has("/proc/net/tcp", line => line.Contains(local, StringComparison.Ordinal) && line.Contains(Listening, StringComparison.Ordinal))
            && Has("/proc/net/udp", line => line.Contains(local, StringComparison.Ordinal))
            && Has("/proc/net/unix", line => line.EndsWith(site.UnixPath, StringComparison.Ordinal));
    }

    private static bool Has(string table, Predicate<string> line) => Array.Exists(File.ReadAllLines(table), line);
}
