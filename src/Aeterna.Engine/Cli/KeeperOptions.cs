using System.CommandLine;
using System.CommandLine.Parsing;
using Aeterna.Keeper;

namespace Aeterna.Cli;

/// <summary>Whether a start leaves a keeper. Of one in the foreground <see cref="KeeperArguments.AskFor"/> has seen to it before.</summary>
internal sealed class KeeperOptions
{
    private readonly Option<bool> _with = new(KeeperArguments.Option)
    {
        Description = "Leave a small process beside the engine: when the engine dies, another one goes on with the service. So it is without this too, but where NOTIFY_SOCKET is set or the engine was not compiled ahead of time.",
    };

    private readonly Option<bool> _without = new(KeeperArguments.Without) { Description = "Leave none: when the engine dies, the service has to be started anew." };

    public void AddTo(Command verb)
    {
        verb.Add(_with);
        verb.Add(_without);
        verb.Validators.Add(Exclude);
    }

    /// <summary>True: one; false: none; null: nothing was said.</summary>
    public bool? Of(ParseResult parsed) => parsed.GetValue(_with) ? true : parsed.GetValue(_without) ? false : null;

    private void Exclude(CommandResult parsed)
    {
        if (parsed.GetValue(_with) && parsed.GetValue(_without))
        {
            parsed.AddError($"Both {KeeperArguments.Option} and {KeeperArguments.Without} are given.");
        }
    }
}
