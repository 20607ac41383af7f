using Aeterna.Linux;

namespace Aeterna.Control;

/// <summary>What takes the terminal's place in an engine that runs in the background.</summary>
internal static class BackgroundLog
{
    /// <summary>Name of the log in the run directory.</summary>
    public const string FileName = "engine.log";

    /// <summary>Points stdin at nothing and stdout and stderr at the end of a file, so that nothing holds on to the terminal or a pipe.</summary>
    /// <exception cref="EngineStartException">The log cannot be opened.</exception>
    public static void Open(string path)
    {
        try
        {
            using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Read);
            using var log = PlainFile.OpenForAppending(path);
            Session.Replace(0, nothing);
            Session.Replace(1, log);
            Session.Replace(2, log);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngineStartException($"cannot start: cannot write the log {path}: {e.Message}", e);
        }
    }
}
