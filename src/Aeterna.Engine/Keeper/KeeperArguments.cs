namespace Aeterna.Keeper;

/// <summary>What a command line says about a keeper, and what a keeper makes of it.</summary>
internal static class KeeperArguments
{
    /// <summary>Asks for a keeper, with <c>start</c> and <c>adopt</c>.</summary>
    public const string Option = "--keeper";

    /// <summary>Wants none, with the same.</summary>
    public const string Without = "--no-keeper";

    /// <summary>Tells an engine to leave the terminal, and its keeper too.</summary>
    public const string Background = "--session-leader";

    // What is said with them needs no engine, or another process starts it.
    private static readonly string[] _others = [Without, "--detach", "--help", "-h", "-?"];

    /// <summary>
    /// Whether a command line wants this process to be a keeper: it says so, or it says nothing and there can be a guard. A service manager that is to be told how the service
    /// is (<c>NOTIFY_SOCKET</c>) listens to the process that it has started alone, unless it was told otherwise: there it has to be said.
    /// </summary>
    /// <param name="args">The command line.</param>
    /// <param name="canGuard">This program is compiled ahead of time.</param>
    /// <param name="environment">The environment.</param>
    public static bool AskFor(string[] args, bool canGuard, Func<string, string?> environment) =>
        args is ["start" or "adopt", ..]
        && !args.Intersect(_others).Any()
        && environment(KeeperWire.Variable) is null
        && (args.Contains(Option) || (canGuard && string.IsNullOrEmpty(environment("NOTIFY_SOCKET"))));

    /// <summary>What another process is told of what was said here.</summary>
    /// <param name="wanted">True: one; false: none; null: nothing was said.</param>
    public static string[] Said(bool? wanted) => wanted is { } one ? [one ? Option : Without] : [];

    /// <summary>With what an engine starts the service anew: the daemon that was adopted is gone by then.</summary>
    public static string[] Anew(IReadOnlyList<string> arguments)
    {
        string[] all = [.. arguments];
        var named = Array.FindIndex(all, argument => argument is "--pid" or "-p");
        return [.. all.Where((argument, index) => index != 0 && (named < 0 || (index != named && index != named + 1)) && !argument.StartsWith("--pid=", StringComparison.Ordinal)).Prepend("start")];
    }
}
