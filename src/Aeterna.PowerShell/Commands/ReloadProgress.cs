using System.Management.Automation;
using Aeterna.Contract;

namespace Aeterna.PowerShell.Commands;

/// <summary>
/// The progress bar of an attempt: phase and probes, those that fail first; what is left of the soak is in the one place in which every view shows it,
/// and the probes where the usual view shows them.
/// </summary>
internal sealed class ReloadProgress(Cmdlet command, string id) : IDisposable
{
    private ProgressRecord? _shown;

    public void Show(StatusReport status, ReloadRecord? record)
    {
        var phase = record?.Phases.Count > 0 ? record.Phases[^1].Name : status.FsmState;
        _shown = new ProgressRecord(Math.Abs(StringComparer.Ordinal.GetHashCode(id) % int.MaxValue), $"{status.Service}: {record?.Kind ?? "reload"} {id}", phase);
        if (status.Soak is { } soak)
        {
            var whole = (soak.EndsAt - soak.StartedAt).TotalSeconds;
            _shown.PercentComplete = whole <= 0 ? 100 : (int)Math.Clamp(100 * (1 - (soak.RemainingSeconds / whole)), 0, 100);
            _shown.SecondsRemaining = (int)Math.Ceiling(soak.RemainingSeconds);
            _shown.StatusDescription = soak.Probes.Count == 0 ? phase : $"{phase}: {string.Join(", ", soak.Probes.OrderBy(probe => probe.Healthy ?? true).Select(Say))}";
        }

        command.WriteProgress(_shown);
    }

    /// <summary>Takes the bar away.</summary>
    public void Dispose()
    {
        if (_shown is not null && !((PSCmdlet)command).Stopping)
        {
            _shown.RecordType = ProgressRecordType.Completed;
            command.WriteProgress(_shown);
        }
    }

    private static string Say(ProbeReport probe) =>
        $"{probe.Name}: {probe.Healthy switch { true => "ok", false => "failed", null => "waiting" }}{(probe.Detail is null ? "" : $" ({probe.Detail})")}";
}
