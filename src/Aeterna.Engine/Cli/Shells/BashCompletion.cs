using System.CommandLine;
using System.Text;

namespace Aeterna.Cli.Shells;

/// <summary>The script for bash.</summary>
internal static class BashCompletion
{
    public static string Write(Command root)
    {
        var verbs = CommandTree.Verbs(root).ToList();
        var top = string.Join(' ', verbs.Where(v => !v.Path.Contains(' ', StringComparison.Ordinal)).Select(v => v.Path));
        var text = new StringBuilder();
        text.Append($$"""
            # bash completion for aeterna, made by: aeterna completion bash
            _aeterna() {
                local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" verb="" words="" options="" kind="" i
                COMPREPLY=()
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case "${verb:+$verb }${COMP_WORDS[i]}" in
                        {{string.Join('|', verbs.Select(v => $"\"{v.Path}\""))}}) verb="${verb:+$verb }${COMP_WORDS[i]}" ;;
                    esac
                done
                case "$verb" in
                    "") words="{{top}}" options="--help --version" ;;

            """);
        foreach (var verb in verbs)
        {
            var options = string.Join(' ', verb.Options.SelectMany(o => o.Names));
            var kind = verb.Words.Select(CommandTree.KindOf).LastOrDefault(k => k != WordKind.Other);
            text.Append($"        \"{verb.Path}\") options=\"{options}\"");
            text.Append(verb.Below.Count > 0 ? $" words=\"{string.Join(' ', verb.Below)}\"" : kind == WordKind.Other ? "" : $" kind={kind.ToString().ToLowerInvariant()}");
            text.Append(" ;;\n");
        }

        text.Append("    esac\n    case \"$prev\" in\n");
        foreach (var option in verbs.SelectMany(v => v.Options).Where(o => o.Word is not null).GroupBy(o => o.Names[0]).Select(same => same.First()))
        {
            text.Append($"        {string.Join('|', option.Names)}) options=\"\" words=\"\" kind={CommandTree.KindOf(option.Word!).ToString().ToLowerInvariant()} ;;\n");
        }

        text.Append($$"""
                esac
                case "$cur" in
                    -*) words="$options" kind="" ;;
                esac
                case "$kind" in
                    service) words="$(aeterna completion --services 2> /dev/null)" ;;
                    file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
                    verb) words="{{top}}" ;;
                    shell) words="bash zsh fish" ;;
                esac
                COMPREPLY=($(compgen -W "$words" -- "$cur"))
            }
            complete -o filenames -F _aeterna aeterna

            """);
        return text.ToString();
    }
}
