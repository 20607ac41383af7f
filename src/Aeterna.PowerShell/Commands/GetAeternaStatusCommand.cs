using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.PowerShell.Commands;

/// <summary>Shows services as they are now.</summary>
/// <remarks>
/// Gives one object for each service: its state, its processes, its sockets, the last reload and the last state handoff. Without
/// -Name it shows every service that runs on this machine. A service whose engine has died is not shown, and is an error when it
/// was named.
/// </remarks>
/// <example><code>Get-AeternaStatus</code><para>Shows every service on this machine.</para></example>
/// <example><code>Get-AeternaStatus rsyslogd | Format-List</code><para>Shows all there is to know about one service.</para></example>
/// <example><code>Get-AeternaStatus -Uri https://loghost:9443 -Token (Read-Host -AsSecureString)</code><para>Asks an engine on another machine.</para></example>
[Cmdlet(VerbsCommon.Get, "AeternaStatus")]
[OutputType(typeof(AeternaStatus))]
public sealed class GetAeternaStatusCommand : EngineCommand
{
    private protected override string Aim => "read the status of";

    private protected override void Process(ControlClient client, StatusReport status) =>
        Write(client, new AeternaStatus(status, changed: false));
}
