using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.PowerShell.Completion;

namespace Aeterna.PowerShell.Commands;

/// <summary>Waits for the verdict of a reload.</summary>
/// <remarks>
/// Waits for a reload that was begun with -NoWait, by another shell, or whose waiting was ended with Ctrl-C. Without -Id it is the one that is
/// under way, or else the last one. One that has ended gives its result at once. A rollback is an error, as with Invoke-AeternaReload.
/// </remarks>
/// <example><code>$reload = Invoke-AeternaReload rsyslogd -NoWait; $reload | Wait-AeternaReload</code><para>Begins a reload, and waits for it later.</para></example>
/// <example><code>Wait-AeternaReload rsyslogd -Timeout 2m</code><para>Waits for the reload that is under way, two minutes at most.</para></example>
[Cmdlet(VerbsLifecycle.Wait, "AeternaReload")]
[OutputType(typeof(AeternaReload))]
public sealed class WaitAeternaReloadCommand : WaitingCommand
{
    /// <summary>Id of the reload; without it the one under way, or else the last one. Tab completes it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ReloadIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Id { get; set; }

    /// <summary>Give the result of a reload that was rolled back, in place of an error.</summary>
    [Parameter]
    public SwitchParameter AllowRollback { get; set; }

    private protected override string Aim => "wait for a reload of";

    private protected override void Process(ControlClient client, StatusReport status) => WaitAndWrite(
        client,
        Id ?? status.ReloadId ?? status.LastReload?.Id ?? throw new EngineException(
            EngineError.NothingToWatch, $"cannot wait for a reload of {status.Service}: there has been none (Invoke-AeternaReload begins one)"),
        AllowRollback);
}
