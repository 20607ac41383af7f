using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.PowerShell.Commands;

/// <summary>Replaces the running process of a service by a new one, without its clients noticing.</summary>
/// <remarks>
/// The engine checks the configuration, starts a new process, watches it for the soak time, and then retires the old one. The
/// progress bar shows the phase, what is left of the soak, and the probes. When the new process turns out bad it is removed and the old
/// one serves on: that is the error Aeterna.RolledBack, whose TargetObject is the result; with -AllowRollback the result is given
/// instead. Several services are reloaded one after the other, and an error of one does not stop the others; with -ErrorAction Stop
/// it does. Ctrl-C ends the waiting, not the reload. With -WhatIf nothing is reloaded; the configuration is checked and it says what
/// would happen.
/// </remarks>
/// <example><code>Invoke-AeternaReload rsyslogd -Reason 'new rules'</code><para>Reloads and waits for the verdict.</para></example>
/// <example><code>Invoke-AeternaReload rsyslogd -NoWait | Watch-AeternaSoak</code><para>Begins a reload and shows what happens in it.</para></example>
/// <example><code>Invoke-AeternaReload rsyslogd -Queue</code><para>Reloads, and if something is under way already, once that has ended.</para></example>
/// <example><code>Get-AeternaStatus | Invoke-AeternaReload -WhatIf</code><para>Checks for every service on this machine whether a reload could begin.</para></example>
/// <example><code>$result = Invoke-AeternaReload rsyslogd -AllowRollback; if ($result.Verdict -ne 'succeeded') { $result.Message }</code><para>Handles a rollback without an error.</para></example>
[Cmdlet(VerbsLifecycle.Invoke, "AeternaReload", SupportsShouldProcess = true)]
[OutputType(typeof(AeternaReload))]
public sealed class InvokeAeternaReloadCommand : WaitingCommand
{
    /// <summary>Why, for the history.</summary>
    [Parameter]
    public string? Reason { get; set; }

    /// <summary>Go on although a pre-flight command fails. A bad configuration is refused all the same.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>While a reload, a start or a rollback is under way: follow it with one more reload, in place of the error Aeterna.ReloadBusy.</summary>
    [Parameter]
    public SwitchParameter Queue { get; set; }

    /// <summary>Return once the reload has begun. Wait-AeternaReload waits for it.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    /// <summary>Give the result of a reload that was rolled back, in place of an error.</summary>
    [Parameter]
    public SwitchParameter AllowRollback { get; set; }

    private protected override string Aim => "reload";

    private protected override void Process(ControlClient client, StatusReport status)
    {
        var serving = status.Generation is { } number ? FormattableString.Invariant($"generation {number} (pid {status.CurrentPid})") : "nobody, since no generation serves";
        var what = $"Reload {status.Service} with {status.ConfigPath}: pre_flight, then a new process takes over from {serving}.";
        if (!ShouldProcess(what, $"{what} Go on?", "Reload", out var reason))
        {
            if (reason == ShouldProcessReason.WhatIf)
            {
                DryRun(client, status);
            }

            return;
        }

        // Not to be cancelled: a request that is on its way may have begun a reload, and then its id must be told.
        var id = client.Reload(new ReloadRequest { Reason = Reason, Force = Force, Queue = Queue }, CancellationToken.None).GetAwaiter().GetResult().Id;
        if (NoWait)
        {
            Write(client, new AeternaReload(client.Record(id, Stopped).GetAwaiter().GetResult()));
        }
        else
        {
            WaitAndWrite(client, id, AllowRollback);
        }
    }

    private void DryRun(ControlClient client, StatusReport status)
    {
        if (client.Target.Socket is null)
        {
            WriteVerbose($"{status.ConfigPath} is on another machine and is not checked from here.");
            return;
        }

        var findings = ConfigFile.Check(status.ConfigPath, Stopped);
        foreach (var finding in findings.Where(finding => finding.Severity != FindingSeverity.Error))
        {
            WriteWarning(finding.ToString());
        }

        if (findings.Any(finding => finding.Severity == FindingSeverity.Error))
        {
            throw ConfigFile.Invalid($"reload {status.Service}", findings);
        }
    }
}
