using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.PowerShell.Commands;

/// <summary>Ends a soak that has been long enough.</summary>
/// <remarks>
/// The soak of the reload under way is over now, as if its time had come: the last result of each probe has to be good, and the new process is
/// looked at once more; then it is committed. Refused (Aeterna.NothingToPromote) as long as no round of probes has passed in this soak. Waits for the verdict
/// and gives the record, which says who has promoted it.
/// </remarks>
/// <example><code>Complete-AeternaReload rsyslogd</code><para>Ends the soak now, and waits for the verdict.</para></example>
/// <example><code>Complete-AeternaReload rsyslogd -WhatIf</code><para>Says which reload would be promoted.</para></example>
[Cmdlet(VerbsLifecycle.Complete, "AeternaReload", SupportsShouldProcess = true)]
[OutputType(typeof(AeternaReload))]
public sealed class CompleteAeternaReloadCommand : WaitingCommand
{
    /// <summary>Return once the soak is told to end.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    private protected override string Aim => "end the soak of";

    private protected override void Process(ControlClient client, StatusReport status)
    {
        var what = status is { Soak: { } soak, ReloadId: { } under }
            ? FormattableString.Invariant($"End the soak of {under} of {status.Service} {Durations.FormatBrief(TimeSpan.FromSeconds(soak.RemainingSeconds))} before its time.")
            : $"Nothing of {status.Service} can be promoted: no soak is under way.";
        if (!ShouldProcess(what, $"{what} Go on?", "Complete"))
        {
            return;
        }

        var id = client.Promote(CancellationToken.None).GetAwaiter().GetResult();
        if (NoWait)
        {
            Write(client, new AeternaReload(client.Record(id, Stopped).GetAwaiter().GetResult()));
        }
        else
        {
            WaitAndWrite(client, id, acceptRollback: false);
        }
    }
}
