using Aeterna.Linux;
using Aeterna.Machine.Plans;

namespace Aeterna.Control;

/// <summary>
/// What takes the terminal's place in an engine that runs in the background: stdout and stderr go to the end of a file, which is renamed
/// when it is full, so that it never takes more of the disk (/run is memory) than the plan says.
/// </summary>
internal sealed class BackgroundLog
{
    /// <summary>Name of the log in the run directory.</summary>
    public const string FileName = "engine.log";

    private const int Stdout = 1;
    private const int Stderr = 2;

    private readonly string _path;
    private readonly LogPlan _plan;

    private BackgroundLog(string path, LogPlan plan) => (_path, _plan) = (path, plan);

    /// <summary>Points stdin at nothing and stdout and stderr at the end of a file, so that nothing holds on to the terminal or a pipe.</summary>
    /// <exception cref="EngineStartException">The log cannot be opened.</exception>
    public static BackgroundLog Open(string path, LogPlan plan)
    {
        try
        {
            using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Read);
            Session.Replace(0, nothing);
            Begin(path);
            return new BackgroundLog(path, plan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngineStartException($"cannot start: cannot write the log {path}: {e.Message}", e);
        }
    }

    /// <summary>Writes whole lines, and begins another file when this one is full.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public void Write(ReadOnlySpan<byte> lines)
    {
        while (!lines.IsEmpty)
        {
            var length = StandardError.Length();
            var fits = (int)Math.Clamp(_plan.MaxSize - length, 0, lines.Length);
            var whole = fits == lines.Length ? fits : lines[..fits].LastIndexOf((byte)'\n') + 1;
            if (whole == 0 && length > 0)
            {
                Rotate();
                continue;
            }

            whole = whole > 0 ? whole : lines.IndexOf((byte)'\n') + 1; // A line longer than the file has one to itself.
            StandardError.Write(lines[..whole]);
            lines = lines[whole..];
        }
    }

    // What cannot be renamed is emptied: the bound holds in any case.
    private void Rotate()
    {
        try
        {
            for (var number = _plan.Keep; number > 0; number--)
            {
                var from = number == 1 ? _path : $"{_path}.{number - 1}";
                if (File.Exists(from))
                {
                    File.Move(from, $"{_path}.{number}", overwrite: true);
                }
            }

            if (_plan.Keep > 0)
            {
                Begin(_path);
                return;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody has removed the run directory.
        }

        StandardError.Empty();
    }

    private static void Begin(string path)
    {
        using var log = PlainFile.OpenForAppending(path);
        Session.Replace(Stdout, log);
        Session.Replace(Stderr, log);
    }
}
