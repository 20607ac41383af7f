using System.Globalization;

using Aeterna.Linux;

namespace Aeterna.Generations;

/// <summary>
/// The limit of open descriptors that the engine was started with. The .NET runtime raises its own soft limit to the hard one
/// before any of our code runs; children must get the original, since programs size tables (or use select(2)) by it.
/// </summary>
internal static class StartLimits
{
    /// <summary>Linux's own default, and systemd's for services.</summary>
    private const ulong UsualSoftLimit = 1024;

    /// <summary>The soft limit: as the start script noted it; else the parent's, if that has the same hard limit; else the usual one.</summary>
    public static ulong NoFileSoft { get; } = Find();

    /// <summary>Gives a process the original soft limit.</summary>
    public static void Restore(int pid)
    {
        var (_, hard) = ResourceLimit.Get(0, ResourceLimit.NoFile);
        try
        {
            ResourceLimit.Set(pid, ResourceLimit.NoFile, Math.Min(NoFileSoft, hard), hard);
        }
        catch (LinuxException e) when (e.Number == Errno.ESRCH)
        {
            // It has ended already.
        }
    }

    private static ulong Find()
    {
        var noted = Environment.GetEnvironmentVariable(ChildEnvironment.StartNoFile);
        if (noted == "unlimited")
        {
            return ResourceLimit.Infinity;
        }

        if (ulong.TryParse(noted, NumberStyles.None, CultureInfo.InvariantCulture, out var soft))
        {
            return soft;
        }

        try
        {
            var parent = ResourceLimit.Get(ProcFs.Stat(Environment.ProcessId)?.Parent ?? 1, ResourceLimit.NoFile);
            return parent.Hard == ResourceLimit.Get(0, ResourceLimit.NoFile).Hard ? parent.Soft : UsualSoftLimit;
        }
        catch (LinuxException)
        {
            return UsualSoftLimit; // Another user's process, or in another namespace.
        }
    }
}
