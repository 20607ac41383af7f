namespace Aeterna.Generations;

/// <summary>How to start this program once more.</summary>
internal static class SelfCommand
{
    private static readonly string _executable = System.IO.Path.Combine(AppContext.BaseDirectory, "aeterna");

    /// <summary>The file to execute: the program beside this assembly, or the dotnet host where there is none.</summary>
    public static string Path { get; } = File.Exists(_executable) ? _executable : Environment.ProcessPath ?? "/usr/bin/dotnet";

    /// <summary>Its first arguments, its name included.</summary>
    public static IReadOnlyList<string> Arguments { get; } =
        File.Exists(_executable) ? [_executable] : [Path, _executable + ".dll"];
}
