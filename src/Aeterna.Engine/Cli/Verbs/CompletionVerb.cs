using System.CommandLine;
using Aeterna.Cli.Shells;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.Cli.Verbs;

/// <summary><c>aeterna completion</c>.</summary>
internal static class CompletionVerb
{
    /// <param name="context">Where to.</param>
    /// <param name="root">All verbs.</param>
    public static Command Build(CliContext context, RootCommand root)
    {
        var shell = new Argument<string?>("SHELL") { Description = "bash, zsh or fish.", Arity = ArgumentArity.ZeroOrOne };
        var services = new Option<bool>("--services") { Description = "The names of the services that run, which the scripts complete by.", Hidden = true };
        var verb = new Command("completion", "Print the script by which a shell completes verbs, options and names of services.") { shell, services };
        verb.Validators.Add(result =>
        {
            if (result.GetResult(services) is null && result.GetResult(shell) is not { Tokens: [{ Value: "bash" or "zsh" or "fish" }] })
            {
                result.AddError("It takes one of bash, zsh, fish.");
            }
        });
        verb.SetAction(async (parsed, cancel) =>
        {
            if (!parsed.GetValue(services))
            {
                await context.Out.WriteAsync(Script(parsed.GetValue(shell)!, root)).ConfigureAwait(false);
                return ExitCode.Done;
            }

            foreach (var name in await RunningServices.Find(RunFolder.Of(context.Root, context.Environment), cancel).ConfigureAwait(false))
            {
                await context.Out.WriteLineAsync(name).ConfigureAwait(false);
            }

            return ExitCode.Done;
        });
        return verb;
    }

    private static string Script(string shell, RootCommand root) => shell switch
    {
        "zsh" => ZshCompletion.Write(root),
        "fish" => FishCompletion.Write(root),
        _ => BashCompletion.Write(root),
    };
}
