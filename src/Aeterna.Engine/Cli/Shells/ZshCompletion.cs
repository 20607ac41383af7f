using System.CommandLine;
using System.Text;

namespace Aeterna.Cli.Shells;

/// <summary>The script for zsh.</summary>
internal static class ZshCompletion
{
    public static string Write(Command root)
    {
        var verbs = CommandTree.Verbs(root).ToList();
        var text = new StringBuilder();
        text.Append("""
            #compdef aeterna
            # zsh completion for aeterna, made by: aeterna completion zsh
            _aeterna_services() {
                local -a services
                services=(${(f)"$(aeterna completion --services 2> /dev/null)"})
                compadd -a services
            }

            _aeterna() {
                local curcontext="$curcontext" state line
                typeset -A opt_args
                _arguments -C '(- *)--help[Show how it is used.]' '(- *)--version[Show the version.]' '1:verb:->verb' '*::word:->word'
                case "$state" in
                    verb) _aeterna_verbs ;;
                    word)
                        case "${words[1]}" in

            """);
        foreach (var verb in verbs.Where(v => !v.Path.Contains(' ', StringComparison.Ordinal)))
        {
            text.Append($"                {verb.Path}) _arguments");
            foreach (var option in verb.Options.SelectMany(o => o.Names.Select(name => (name, o))))
            {
                text.Append($" \\\n                    {Quote($"{option.name}[{Plain(option.o.Description)}]{(option.o.Word is { } word ? $":{Plain(word)}:{Action(word)}" : "")}")}");
            }

            var number = 0;
            foreach (var word in verb.Below.Count > 0 ? ["below"] : verb.Words)
            {
                number++;
                text.Append($" \\\n                    {Quote($"{number}::{Plain(word)}:{(verb.Below.Count > 0 ? $"({string.Join(' ', verb.Below)})" : Action(word))}")}");
            }

            text.Append(" ;;\n");
        }

        text.Append("            esac ;;\n    esac\n}\n\n_aeterna_verbs() {\n    local -a verbs\n    verbs=(\n");
        foreach (var verb in verbs.Where(v => !v.Path.Contains(' ', StringComparison.Ordinal)))
        {
            text.Append($"        {Quote($"{verb.Path}:{verb.Summary}")}\n");
        }

        text.Append("    )\n    _describe verb verbs\n}\n\n");
        text.Append("# Loaded by its name it is being asked already; sourced it has to be made known.\n");
        text.Append("if [[ \"${funcstack[1]}\" == _aeterna ]]; then _aeterna \"$@\"; else compdef _aeterna aeterna; fi\n");
        return text.ToString();
    }

    private static string Action(string word) => CommandTree.KindOf(word) switch
    {
        WordKind.Service => "_aeterna_services",
        WordKind.File => "_files",
        WordKind.Verb => "_aeterna_verbs",
        WordKind.Shell => "(bash zsh fish)",
        _ => " ",
    };

    // These have a meaning in a specification of _arguments.
    private static string Plain(string text) =>
        text.Replace(":", "\\:", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal).Replace("]", "\\]", StringComparison.Ordinal);

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
