using System.Globalization;
using System.Runtime.CompilerServices;

using Aeterna.Linux;

namespace Aeterna.Generations;

/// <summary>
/// The limit of open descriptors that the engine was started with. Children must get it, since programs size tables (or use select(2))
/// by it. Compiled ahead of time the engine finds it as it was; a runtime with a JIT compiler raises the soft limit to the hard one
/// before any of our code runs.
/// </summary>
internal static class StartLimits
{
    /// <summary>Linux's own default, and systemd's for services.</summary>
    private const ulong UsualSoftLimit = 1024;

    /// <summary>The soft limit: as <c>start --detach</c> noted it; else the engine's own, where that is untouched; else the parent's, if that has
    /// the same hard limit; else the usual one.</summary>
    public static ulong NoFileSoft { get; } = Find();

    /// <summary>The hard limit that the engine was started with.</summary>
    public static ulong NoFileHard { get; } = ResourceLimit.Get(0, ResourceLimit.NoFile).Hard;

    /// <summary>
    /// Raises the engine's own limit as far as the kernel lets it (fs.nr_open), since each relayed connection takes it some descriptors;
    /// without CAP_SYS_RESOURCE as far as the hard limit. Children get the original one all the same.
    /// </summary>
    public static void RaiseOwn()
    {
        const string file = "/proc/sys/fs/nr_open";
        if (NoFileHard == 0 || !File.Exists(file) || !ulong.TryParse(File.ReadAllText(file), out var most))
        {
            return;
        }

        ResourceLimit.Set(0, ResourceLimit.NoFile, NoFileHard, NoFileHard);
        if (most <= NoFileHard)
        {
            return;
        }

        try
        {
            ResourceLimit.Set(0, ResourceLimit.NoFile, most, most);
        }
        catch (LinuxException e) when (e.Number == Errno.EPERM)
        {
            // An ordinary user has what the administrator allows.
        }
    }

    /// <summary>Gives a process the original limits.</summary>
    public static void Restore(int pid)
    {
        try
        {
            ResourceLimit.Set(pid, ResourceLimit.NoFile, Math.Min(NoFileSoft, NoFileHard), NoFileHard);
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

        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            return ResourceLimit.Get(0, ResourceLimit.NoFile).Soft;
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
