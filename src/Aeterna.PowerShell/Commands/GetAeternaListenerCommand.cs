using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.PowerShell.Commands;

/// <summary>Shows the sockets that engines hold for their services.</summary>
/// <remarks>
/// A listener outlives the processes that use it: that is why no client is refused in a reload. Each shows which generations have
/// it now, and how it is handed from one to the next.
/// </remarks>
/// <example><code>Get-AeternaListener rsyslogd</code><para>Shows the listeners of one service.</para></example>
/// <example><code>Get-AeternaListener | Where-Object Address -like '*:514'</code><para>Finds who holds port 514.</para></example>
[Cmdlet(VerbsCommon.Get, "AeternaListener")]
[OutputType(typeof(AeternaListener))]
public sealed class GetAeternaListenerCommand : EngineCommand
{
    private protected override string Aim => "read the listeners of";

    private protected override void Process(ControlClient client, StatusReport status)
    {
        foreach (var listener in status.Listeners)
        {
            Write(client, new AeternaListener(listener, status.Service));
        }
    }
}
