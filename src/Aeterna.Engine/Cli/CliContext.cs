namespace Aeterna.Cli;

/// <summary>What the verbs need of the world around them.</summary>
internal sealed record CliContext
{
    /// <summary>Results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Errors, and what is not a result.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>stdout is a terminal that understands cursor movements.</summary>
    public bool Terminal { get; init; }

    /// <summary>Colours are wanted.</summary>
    public bool Color { get; init; }

    /// <summary>Looks up an environment variable.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>The caller is root.</summary>
    public required bool Root { get; init; }

    /// <summary>Runs an engine in this process: the file, whether it is to leave the terminal, and which process it adopts. Returns the exit code.</summary>
    public required Func<string, bool, int?, Task<int>> RunEngine { get; init; }

    /// <summary>Program and first arguments that start this program anew.</summary>
    public required IReadOnlyList<string> Self { get; init; }

    /// <summary>What this program is told by variables when it is started anew.</summary>
    public IReadOnlyDictionary<string, string> SelfEnvironment { get; init; } = new Dictionary<string, string>();

    /// <summary>Starts to catch Ctrl-C.</summary>
    public Func<Interrupt> CatchInterrupt { get; init; } = Interrupt.OnSignals;
}
