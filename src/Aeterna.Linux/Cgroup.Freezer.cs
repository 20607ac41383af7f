namespace Aeterna.Linux;

/// <summary>The freezer of control groups (Linux 5.2; Documentation/admin-guide/cgroup-v2.rst, cgroup.freeze and cgroup.events).</summary>
internal sealed partial class Cgroup
{
    /// <summary>Whether the kernel can freeze it.</summary>
    public bool CanFreeze => File.Exists(System.IO.Path.Combine(_path, "cgroup.freeze"));

    /// <summary>
    /// Asks the kernel to freeze every process in it (and each that is started there), or to let them go on. It takes effect in its
    /// own time: see <see cref="Freezing"/>. SIGKILL ends a frozen process all the same. False when the group is gone.
    /// </summary>
    public bool TryFreeze(bool freeze)
    {
        try
        {
            WriteFile("cgroup.freeze", freeze ? "1" : "0");
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Whether a process is in it, and whether all of them are frozen.</summary>
    public (bool Populated, bool Frozen) Freezing()
    {
        try
        {
            var lines = File.ReadAllLines(System.IO.Path.Combine(_path, "cgroup.events"));
            return (lines.Contains("populated 1"), lines.Contains("frozen 1"));
        }
        catch (IOException)
        {
            return (false, false); // Removed meanwhile.
        }
    }
}
