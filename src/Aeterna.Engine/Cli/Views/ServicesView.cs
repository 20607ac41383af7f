using Aeterna.Contract;
using Spectre.Console.Rendering;
using static Aeterna.Client.Human;

namespace Aeterna.Cli.Views;

/// <summary>What one of several services says.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Status">Its status; null when its engine does not give it.</param>
/// <param name="Trouble">Why there is no status.</param>
internal sealed record ServiceState(string Name, StatusReport? Status, string? Trouble)
{
    /// <summary>The state of a service whose engine does not say it.</summary>
    public const string Unknown = "UNKNOWN";
}

/// <summary>All services that run, a line for each.</summary>
internal static class ServicesView
{
    public static IRenderable Render(IReadOnlyList<ServiceState> services, DateTimeOffset now)
    {
        var table = new Sheet(
            new("SERVICE"), new("STATE"), new("PID"), new("UP", LeftOut: 1), new("SINCE", LeftOut: 2), new("LAST", AtLeast: 24, MayGoBelow: true));
        foreach (var (name, status, trouble) in services)
        {
            if (status is null)
            {
                table.Add(name, new(ServiceState.Unknown, Screen.StyleOf(FsmState.Failed)), "-", "-", "-", trouble);
                continue;
            }

            var serves = status.CurrentPid != 0;
            table.Add(
                name, new(status.FsmState, Screen.StyleOf(status.FsmState)), serves ? Invariant($"{status.CurrentPid}") : "-", serves ? status.Uptime : "-",
                serves ? Time(now - TimeSpan.FromSeconds(status.UptimeSeconds)) : "-", Last(status.LastReload));
        }

        return table;
    }

    private static string Last(ReloadRecord? record) =>
        record is null ? "" : $"{record.Kind} {record.Verdict ?? "under way"}{(record.Message is { } why && record.Verdict != Verdict.Succeeded ? $": {why}" : "")}";
}
