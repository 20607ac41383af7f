using System.Globalization;

namespace Aeterna.Generations.Footprints;

/// <summary>What a file is for, as far as its name tells. Pure.</summary>
internal static class PathKinds
{
    private static readonly string[] _system =
        ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/proc", "/sys", "/dev", "/boot", "/nix", "/snap", "/run/credentials"];

    // Many programs have their files in these; that one may write there says nothing.
    private static readonly HashSet<string> _common = new(StringComparer.Ordinal)
    {
        "/", "/tmp", "/var/tmp", "/run", "/var/run", "/var", "/var/log", "/var/lib", "/var/cache", "/srv", "/opt", "/home", "/root", "/mnt", "/media",
    };

    private static readonly HashSet<string> _read = new(StringComparer.OrdinalIgnoreCase)
    {
        ".conf", ".cfg", ".cnf", ".config", ".ini", ".yaml", ".yml", ".toml", ".xml", ".properties", ".env", ".rules", ".acl", ".service",
        ".pem", ".crt", ".cer", ".key", ".pub", ".p12", ".jks", ".html", ".htm", ".css", ".tmpl",
        ".py", ".pyc", ".js", ".mjs", ".cjs", ".ts", ".rb", ".pl", ".sh", ".php", ".lua", ".jar", ".war", ".so", ".dll", ".exe", ".wasm", ".ps1",
    };

    private static readonly string[] _settings = ["conf", "setting", "option", "manifest", "package"];

    /// <summary>It is in a folder of the system's, which holds programs, settings or devices.</summary>
    public static bool IsSystem(string path) =>
        Array.Exists(_system, folder => path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal));

    /// <summary>It is a folder that many programs use.</summary>
    public static bool IsCommon(string folder) => _common.Contains(folder) || folder.StartsWith("/var/log/", StringComparison.Ordinal);

    /// <summary>It is a log, or a rotated one: two that append to it do not spoil it.</summary>
    public static bool IsLog(string path) =>
        path.StartsWith("/var/log/", StringComparison.Ordinal)
        || Path.GetFileName(path) is var name && (name.EndsWith(".log", StringComparison.Ordinal) || name.Contains(".log.", StringComparison.Ordinal));

    /// <summary>It stands for a running process and ends with it.</summary>
    public static bool IsPassing(string path) => Path.GetExtension(path) is ".pid" or ".oldbin" or ".sock" or ".socket" or ".lock";

    /// <summary>It is a program's code or settings, which it reads.</summary>
    public static bool IsRead(string path)
    {
        var name = Path.GetFileName(path);
        return _read.Contains(Path.GetExtension(name))
            || (Path.GetExtension(name) == ".json" && Array.Exists(_settings, word => name.Contains(word, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>Whether a name has a process's number in it, as a word of its own.</summary>
    public static bool HasNumber(string name, int pid)
    {
        var number = pid.ToString(CultureInfo.InvariantCulture);
        for (var at = name.IndexOf(number, StringComparison.Ordinal); at >= 0; at = name.IndexOf(number, at + 1, StringComparison.Ordinal))
        {
            var end = at + number.Length;
            if ((at == 0 || !char.IsAsciiDigit(name[at - 1])) && (end == name.Length || !char.IsAsciiDigit(name[end])))
            {
                return true;
            }
        }

        return false;
    }
}
