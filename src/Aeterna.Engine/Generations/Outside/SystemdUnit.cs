using Aeterna.Linux;

namespace Aeterna.Generations.Outside;

/// <summary>Whether systemd would start a daemon anew as soon as it ends: the unit that it is the main process of, as systemctl(1) shows it.</summary>
internal static class SystemdUnit
{
    private const string Running = "/run/systemd/system";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    /// <summary>Refuses one that would be started anew.</summary>
    /// <param name="pid">The daemon's main process.</param>
    /// <param name="commands">Runs systemctl.</param>
    /// <exception cref="OutsideException">It would be, or that cannot be known.</exception>
    public static async Task Look(int pid, ICommandRunner commands)
    {
        if (!Directory.Exists(Running) || Of(ProcFs.Lines($"/proc/{pid}/cgroup")) is not { } unit)
        {
            return;
        }

        var shown = await commands.Run(
            ["systemctl", "show", unit, "--property=MainPID,Restart,TriggeredBy,LoadState,UnitFileState"], [], null, _patience, CancellationToken.None).ConfigureAwait(false);
        if (!shown.Succeeded)
        {
            throw new OutsideException($"it belongs to {unit}, and systemctl show {unit} fails, so that nobody knows whether systemd would start it anew: {shown.StartError ?? shown.OutputTail.Trim()} (run the engine where systemctl works)");
        }

        if (WhyAnew(unit, pid, shown.OutputTail) is { } why)
        {
            throw new OutsideException(why);
        }
    }

    /// <summary>The service that a process's control group belongs to; null: none. Pure.</summary>
    internal static string? Of(IReadOnlyList<string> cgroups) => cgroups
        .Where(line => line.StartsWith("0::", StringComparison.Ordinal))
        .SelectMany(line => line.Split('/')).LastOrDefault(name => name.EndsWith(".service", StringComparison.Ordinal));

    /// <summary>Why, and what to do; null: it would not. Pure.</summary>
    internal static string? WhyAnew(string unit, int pid, string shown)
    {
        var properties = shown.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=', 2)).Where(p => p.Length == 2)
            .GroupBy(p => p[0]).ToDictionary(p => p.Key, p => p.Last()[1].Trim());
        var (restart, triggers) = (properties.GetValueOrDefault("Restart", "no"), properties.GetValueOrDefault("TriggeredBy", ""));
        var isMasked = properties.GetValueOrDefault("LoadState") == "masked" || properties.GetValueOrDefault("UnitFileState", "").StartsWith("masked", StringComparison.Ordinal);
        return isMasked || properties.GetValueOrDefault("MainPID") != pid.ToString(System.Globalization.CultureInfo.InvariantCulture) || (restart == "no" && triggers.Length == 0)
            ? null
            : $"systemd would start {unit} anew as soon as it ends ({(restart == "no" ? $"it is triggered by {triggers}" : $"Restart={restart}")}); "
                + $"tell it to leave that to the engine first: systemctl mask --runtime {unit}";
    }
}
