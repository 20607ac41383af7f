using Aeterna.Cli;
using Aeterna.Tests.Support;

namespace Aeterna.Tests.Cli;

/// <summary>Runs verbs in this process, with their console caught.</summary>
internal sealed class CliRig : IDisposable
{
    public ScratchDirectory Scratch { get; } = new();

    public Interrupt Interrupt { get; } = new();

    public bool Terminal { get; init; }

    public bool Color { get; init; }

    public sealed record Result(int ExitCode, string Out, string Error);

    public async Task<Result> Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        // Views write from several threads.
        var code = await CommandLine.Run(args, Context(TextWriter.Synchronized(output), TextWriter.Synchronized(error))).WaitAsync(TimeSpan.FromSeconds(60));
        return new Result(code, output.ToString(), error.ToString());
    }

    public CliContext Context(TextWriter output, TextWriter error) => new()
    {
        Out = output,
        Error = error,
        Terminal = Terminal,
        Color = Color,
        Environment = name => name switch
        {
            "XDG_RUNTIME_DIR" => Scratch.Path,
            "XDG_STATE_HOME" => Scratch["state"],
            "PATH" => "/usr/sbin:/usr/bin:/bin",
            _ => null,
        },
        Root = false,
        RunEngine = (_, _, _) => throw new InvalidOperationException("no engine in these tests"),
        Self = ["/bin/false"],
        CatchInterrupt = () => Interrupt,
    };

    public void Dispose() => Scratch.Dispose();
}
