using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Aeterna.Demo;

/// <summary>What the demo prints: one line for each thing that happens; colours and a moving wheel in a terminal only.</summary>
internal sealed class Screen
{
    private const int PlainWidth = 200;

    private readonly IAnsiConsole _console = Console.IsOutputRedirected ? Plain() : AnsiConsole.Console;
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Nothing more is printed: the demo was interrupted.</summary>
    public bool Silent { get; set; }

    public void Heading(string text)
    {
        _console.WriteLine();
        _console.MarkupLineInterpolated($"[bold]{text}[/]");
    }

    /// <summary>Something happened, as it should or not.</summary>
    public void Line(bool good, string what, string detail)
    {
        if (Silent)
        {
            return;
        }

        var colour = good ? "green" : "red";
        _console.MarkupInterpolated(CultureInfo.InvariantCulture, $"[grey]{Stopwatch.GetElapsedTime(_start).TotalSeconds,6:F1} s[/]  ");
        _console.Markup($"[{colour}]{(good ? "ok    " : "FAILED")}[/]  ");
        _console.MarkupLineInterpolated($"{what,-18}  [grey]{detail}[/]");
    }

    public void Text(string text) => _console.WriteLine(text);

    public void Write(Table table) => _console.Write(table);

    /// <summary>Shows that something goes on while it does.</summary>
    public async Task<T> Doing<T>(string text, Func<Task<T>> work)
    {
        if (!_console.Profile.Capabilities.Interactive)
        {
            return await work().ConfigureAwait(false);
        }

        return await _console.Status().StartAsync(Markup.Escape(text), _ => work()).ConfigureAwait(false);
    }

    // Into a file or a pipe: no colours, nothing that moves, and no line broken.
    private static IAnsiConsole Plain()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Width = PlainWidth;
        return console;
    }
}
