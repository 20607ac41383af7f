using Aeterna.Linux;

using Xunit;

namespace Aeterna.Tests.Support;

/// <summary>A test that boots a systemd in namespaces of its own; skipped, with the reason, where that cannot be.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SystemdFactAttribute : FactAttribute
{
    public SystemdFactAttribute() => Skip =
        Libc.geteuid() != 0 ? "needs root"
        : !File.Exists("/lib/systemd/systemd") ? "needs systemd (apt-get install systemd)"
        : !File.ReadLines("/proc/self/mounts").Any(line => line.Split(' ') is [_, _, "cgroup2", var options, ..] && options.StartsWith("rw", StringComparison.Ordinal))
            ? "no control groups (v2) can be made on this machine"
        : null;
}
