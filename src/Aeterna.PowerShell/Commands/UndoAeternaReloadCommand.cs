using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.PowerShell.Commands;

/// <summary>Goes back to the generation before.</summary>
/// <remarks>
/// Ends a reload under way as rolled back; or, within the undo window (orchestration.drain.keep_warm), goes back to the generation that
/// was replaced. Waits until the old generation serves and gives the record that says how it went. With -WhatIf it says which of the two it would do
/// now, or why there is nothing to undo.
/// </remarks>
/// <example><code>Undo-AeternaReload rsyslogd</code><para>Ends a reload under way; the old process serves on.</para></example>
/// <example><code>Undo-AeternaReload rsyslogd -WhatIf</code><para>Says what would be undone.</para></example>
[Cmdlet(VerbsCommon.Undo, "AeternaReload", SupportsShouldProcess = true)]
[OutputType(typeof(AeternaReload))]
public sealed class UndoAeternaReloadCommand : WaitingCommand
{
    /// <summary>Return once the way back has begun.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    private protected override string Aim => "go back to the earlier generation of";

    private protected override bool RollbackIsWanted => true;

    private protected override void Process(ControlClient client, StatusReport status)
    {
        var what = WayBack.Of(status, status.ReloadId is { } under ? client.Record(under, Stopped).GetAwaiter().GetResult() : null);
        if (!ShouldProcess(what, $"{what} Go on?", "Undo"))
        {
            return;
        }

        var id = client.Rollback(CancellationToken.None).GetAwaiter().GetResult();
        if (NoWait)
        {
            Write(client, new AeternaReload(client.Record(id, Stopped).GetAwaiter().GetResult()));
        }
        else
        {
            WaitAndWrite(client, id, acceptRollback: true);
        }
    }
}
