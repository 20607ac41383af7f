namespace Aeterna.Keeper;

/// <summary>What a command line says about a keeper, and what a keeper makes of it.</summary>
internal static class KeeperArguments
{
    /// <summary>Asks for a keeper, with <c>start</c> and <c>adopt</c>.</summary>
    public const string Option = "--keeper";

    /// <summary>Tells an engine to leave the terminal, and its keeper too.</summary>
    public const string Background = "--session-leader";

    /// <summary>Whether a command line asks for one, in this process.</summary>
    public static bool AskFor(string[] args) => args is ["start" or "adopt", ..] && args.Contains(Option) && !args.Contains("--detach");

    /// <summary>With what an engine starts the service anew: the daemon that was adopted is gone by then.</summary>
    public static string[] Anew(IReadOnlyList<string> arguments)
    {
        string[] all = [.. arguments];
        var named = Array.FindIndex(all, argument => argument is "--pid" or "-p");
        return [.. all.Where((argument, index) => index != 0 && (named < 0 || (index != named && index != named + 1)) && !argument.StartsWith("--pid=", StringComparison.Ordinal)).Prepend("start")];
    }
}
