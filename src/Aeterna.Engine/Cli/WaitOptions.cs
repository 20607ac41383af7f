using System.CommandLine;
using System.CommandLine.Parsing;

namespace Aeterna.Cli;

/// <summary><c>--wait</c>, and for how long.</summary>
internal sealed class WaitOptions(string description)
{
    private readonly Option<bool> _wait = new("--wait") { Description = description };
    private readonly Option<TimeSpan?> _timeout = DurationOption.Make("--timeout", "Wait so long at most, as in 30s or 2m; what is waited for goes on.");

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Add(_wait);
        command.Add(_timeout);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_timeout) is not null && result.GetResult(_wait) is null)
            {
                result.AddError("--timeout is for --wait.");
            }
        });
    }

    /// <summary>Whether a verb has them.</summary>
    public bool AreIn(CommandResult result) => result.GetResult(_wait) is not null;

    /// <summary>Whether to wait.</summary>
    public bool Wanted(ParseResult parsed) => parsed.GetValue(_wait);

    /// <summary>For how long at most; null: until the verdict.</summary>
    public TimeSpan? Limit(ParseResult parsed) => parsed.GetValue(_timeout);
}
