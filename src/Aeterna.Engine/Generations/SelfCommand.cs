using System.Runtime.CompilerServices;
using Aeterna.Linux;

namespace Aeterna.Generations;

/// <summary>How to start this program once more: just this one, whatever has been put in its file's place meanwhile.</summary>
internal static class SelfCommand
{
    // The kernel's link to the program that this process was started from, also when its file is gone (proc(5)).
    private const string OwnProgram = "/proc/self/exe";

    private static readonly string _beside = System.IO.Path.Combine(AppContext.BaseDirectory, "aeterna");
    private static readonly string? _own = RuntimeFeature.IsDynamicCodeSupported ? null : Environment.ProcessPath;
    private static readonly FileIdentity? _file = Identity();

    /// <summary>
    /// The file to execute. Compiled ahead of time it is the program itself; otherwise the program beside this assembly, or the dotnet host where
    /// there is none.
    /// </summary>
    public static string Path =>
        _own is not null ? (Identity() is { } there && there == _file ? _own : OwnProgram)
        : System.IO.File.Exists(_beside) ? _beside
        : Environment.ProcessPath ?? "/usr/bin/dotnet";

    /// <summary>Its first arguments, its name included.</summary>
    public static IReadOnlyList<string> Arguments { get; } =
        _own is not null ? [_own] : System.IO.File.Exists(_beside) ? [_beside] : [Path, _beside + ".dll"];

    /// <summary>The path that it was started by, whatever is there now.</summary>
    public static string File => _own ?? (System.IO.File.Exists(_beside) ? _beside : Environment.ProcessPath ?? _beside);

    private static FileIdentity? Identity()
    {
        try
        {
            return _own is null ? null : FileStatus.Of(_own)?.Identity;
        }
        catch (IOException)
        {
            return null; // It may not be looked at any more.
        }
    }
}
