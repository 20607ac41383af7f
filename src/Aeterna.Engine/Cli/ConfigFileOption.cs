using System.CommandLine;

namespace Aeterna.Cli;

/// <summary>The configuration file of a verb, which may be given as it is or by <c>-c</c>.</summary>
internal sealed class ConfigFileOption
{
    private readonly Argument<string?> _file = new("FILE") { Description = "The configuration file.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _config = new("--config", "-c") { Description = "The configuration file, by an option.", HelpName = "FILE" };

    /// <summary>Adds it to a verb, which needs it.</summary>
    public void AddTo(Command command)
    {
        command.Add(_file);
        command.Add(_config);
        command.Validators.Add(result =>
        {
            switch (result.GetResult(_file)?.Tokens, result.GetResult(_config)?.Tokens)
            {
                case ([], null) or (null, null):
                    result.AddError("No configuration file is given.");
                    break;
                case ([var file], [var config]) when file.Value != config.Value:
                    result.AddError($"Two configuration files are given: {file.Value} and {config.Value}.");
                    break;
            }
        });
    }

    /// <summary>The file's path as it was given.</summary>
    public string Of(ParseResult parsed) => parsed.GetValue(_file) ?? parsed.GetRequiredValue(_config)!;
}
