using System.CommandLine;
using Aeterna.Contract;

namespace Aeterna.Cli;

/// <summary>An option that takes a duration in the format of the configuration.</summary>
internal static class DurationOption
{
    // CancellationTokenSource.CancelAfter takes no more; nobody waits so long.
    private static readonly TimeSpan _most = TimeSpan.FromDays(30);

    /// <param name="name">As in <c>--timeout</c>.</param>
    /// <param name="description">For the help.</param>
    public static Option<TimeSpan?> Make(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result =>
        {
            if (result.Tokens is [var token] && Durations.TryParse(token.Value, out var time) && time > TimeSpan.Zero)
            {
                return time < _most ? time : _most;
            }

            result.AddError($"{name} takes {Durations.Expected}.");
            return null;
        },
    };
}
