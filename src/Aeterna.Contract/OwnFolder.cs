using System.Globalization;

namespace Aeterna.Contract;

/// <summary>Where an ordinary user's files go when the environment names no folder of his own.</summary>
public static class OwnFolder
{
    /// <summary><c>/tmp/aeterna-UID</c>: by the number, which everybody has, and nobody has another's.</summary>
    public static string Path => string.Create(CultureInfo.InvariantCulture, $"/tmp/aeterna-{EffectiveUser()}");

    // Of the four numbers of proc(5): real, effective, saved, file system.
    private static uint EffectiveUser() =>
        uint.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[2], CultureInfo.InvariantCulture);
}
