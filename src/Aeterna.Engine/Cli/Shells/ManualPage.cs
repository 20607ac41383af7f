using System.CommandLine;
using System.Globalization;
using System.Text;
using Aeterna.Contract;

namespace Aeterna.Cli.Shells;

/// <summary>The manual page aeterna(1), in the macros of man(7).</summary>
internal static class ManualPage
{
    private static readonly (int Code, string Meaning)[] _exitCodes =
    [
        (ExitCode.Done, "Done."),
        (ExitCode.Failed, "It was tried and failed: a reload was blocked by a pre_flight command, or failed."),
        (ExitCode.Usage, "Bad usage or a bad configuration; nothing was tried."),
        (ExitCode.RolledBack, "The reload was rolled_back: the old generation serves on."),
        (ExitCode.Busy, "Another reload is under way."),
        (ExitCode.NotRunning, "No engine answers for that service."),
        (ExitCode.WaitOver, "The time of --timeout is over; what was waited for goes on."),
        (ExitCode.Interrupted, "Ctrl-C ended the waiting; what was waited for goes on."),
    ];

    /// <param name="root">All verbs.</param>
    /// <param name="examples">An example for each.</param>
    /// <param name="version">Of the program.</param>
    public static string Write(RootCommand root, IReadOnlyDictionary<Command, string> examples, string version)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $".TH AETERNA 1 \"\" \"aeterna {Plain(version)}\" \"User Commands\"\n.SH NAME\naeterna \\- {Plain(Lower(root.Description!))}\n");
        text.Append(".SH SYNOPSIS\n.B aeterna\n.I VERB\n[\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]\n.SH VERBS\n");
        foreach (var verb in CommandTree.Verbs(root))
        {
            var words = string.Concat(verb.Command.Arguments.Where(a => !a.Hidden)
                .Select(a => a.Arity.MinimumNumberOfValues == 0 ? $" [\\fI{Plain(a.Name)}\\fR]" : $" \\fI{Plain(a.Name)}\\fR"));
            text.Append(CultureInfo.InvariantCulture, $".SS \\fBaeterna {Plain(verb.Path)}\\fR{words}\n{Plain(verb.Command.Description ?? "")}\n");
            foreach (var option in verb.Options.Where(o => o.Names[0] != "--help"))
            {
                var names = string.Join(", ", option.Names.Reverse().Select(n => $"\\fB{Plain(n)}\\fR"));
                text.Append(CultureInfo.InvariantCulture, $".TP\n{names}{(option.Word is { } word ? $" \\fI{Plain(word)}\\fR" : "")}\n{Plain(option.Description)}\n");
            }

            if (examples.TryGetValue(verb.Command, out var example))
            {
                text.Append(CultureInfo.InvariantCulture, $".PP\nExample:\n.PP\n.RS\n.EX\n{Plain(example)}\n.EE\n.RE\n");
            }
        }

        text.Append(".SH EXIT STATUS\n");
        foreach (var (code, meaning) in _exitCodes)
        {
            text.Append(CultureInfo.InvariantCulture, $".TP\n.B {code}\n{Plain(meaning)}\n");
        }

        text.Append("""
            .SH FILES
            .TP
            .I /run/aeterna/NAME
            The control socket, the log of an engine in the background and what its generations need; under $XDG_RUNTIME_DIR for an ordinary user.
            .TP
            .I /var/lib/aeterna/NAME
            The records, one file each; under $XDG_STATE_HOME for an ordinary user.

            """);
        return text.ToString();
    }

    private static string Lower(string sentence) => char.ToLowerInvariant(sentence[0]) + sentence[1..].TrimEnd('.');

    // A hyphen would be set as a dash, and a dot or an apostrophe at the beginning of a line be a request.
    private static string Plain(string text)
    {
        var plain = text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return plain.StartsWith('.') || plain.StartsWith('\'') ? "\\&" + plain : plain;
    }
}
