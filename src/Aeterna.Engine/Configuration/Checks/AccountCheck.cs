using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Checks;

/// <summary>Whether the user and group exist, by the same look-up that a login uses (so LDAP and SSSD count), and can be taken on.</summary>
internal static class AccountCheck
{
    private const int NotFound = 2;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    public static void Run(ServicePlan service, CheckReport report)
    {
        Exists(service.Group, "service.group", "group", "group", report);
        if (Exists(service.User, "service.user", "user", "passwd", report)
            && !Environment.IsPrivilegedProcess && service.User is { } user && user != Environment.UserName)
        {
            report.Error(
                "service.user", FindingCode.NotPermitted, $"only root can run a program as {user}", "run the engine as root, or remove the key");
        }
    }

    /// <summary>False when it was found that there is none.</summary>
    private static bool Exists(string? account, string path, string noun, string database, CheckReport report)
    {
        // A number needs no entry.
        if (account is null || uint.TryParse(account, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return true;
        }

        var start = new ProcessStartInfo("getent", ["--", database, account]) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            if (!process.WaitForExit(_patience))
            {
                process.Kill();
                report.Warning(path, FindingCode.NotChecked, $"could not look up the {noun} {account}: getent does not answer");
            }
            else if (process.ExitCode == NotFound)
            {
                report.Error(path, noun == "user" ? FindingCode.NoSuchUser : FindingCode.NoSuchGroup, $"there is no {noun} {account}", $"getent {database} lists them");
                return false;
            }
        }
        catch (Win32Exception error)
        {
            report.Warning(path, FindingCode.NotChecked, $"could not look up the {noun} {account}: cannot run getent: {error.Message}");
        }

        return true;
    }
}
