using Aeterna.Contract;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Aeterna.Cli.Views;

/// <summary>Where views are drawn: a terminal, or plain lines without any escape sequence.</summary>
internal static class Screen
{
    // Nobody wraps lines in a file; wide enough for any table.
    private const int PlainWidth = 1000;

    /// <summary>A console on the context's stdout.</summary>
    public static IAnsiConsole Console(CliContext context)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = context.Terminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = context.Color ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = context.Terminal ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(context.Out),
        });
        console.Profile.Capabilities.Unicode = context.Terminal;
        return console;
    }

    /// <summary>Draws a view once.</summary>
    public static void Draw(CliContext context, IRenderable view)
    {
        if (context.Terminal)
        {
            Console(context).Write(view);
            return;
        }

        using var text = new StringWriter();
        var console = Console(context with { Out = text });
        console.Profile.Width = PlainWidth;
        console.Write(view);
        foreach (var line in text.ToString().TrimEnd('\n').Split('\n'))
        {
            context.Out.WriteLine(line.TrimEnd());
        }
    }

    /// <summary>Text from elsewhere: neither markup nor control characters in it count.</summary>
    public static Text Plain(string? text, Style? style = null) => new(OneLine.Clean(text ?? ""), style);

    /// <summary>The colour of a state or verdict: green when all is well, yellow while something goes on, red when an operator is needed.</summary>
    public static Style StyleOf(string? word) => word switch
    {
        FsmState.Running or Verdict.Succeeded or PhaseOutcome.Ok => new Style(Color.Green),
        FsmState.Failed or Verdict.Failed or PhaseOutcome.Failed => new Style(Color.Red, decoration: Decoration.Bold),
        Verdict.RolledBack or Verdict.Blocked => new Style(Color.Yellow, decoration: Decoration.Bold),
        _ => new Style(Color.Yellow),
    };
}
