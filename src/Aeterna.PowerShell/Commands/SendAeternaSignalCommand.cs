using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.PowerShell.Commands;

/// <summary>Sends a signal to a service, for rotations and the like.</summary>
/// <remarks>
/// Every generation whose main process has a handler for the signal gets it: the one that serves now, and one that is held still (parked for
/// a way back) as soon as it is let go. A signal that nobody handles is not sent, since it would end the process
/// (Aeterna.SignalRefused).
/// </remarks>
/// <example><code>Send-AeternaSignal rsyslogd HUP</code><para>Has rsyslogd open its files anew after they were rotated.</para></example>
/// <example><code>Get-AeternaStatus web* | Send-AeternaSignal -Signal USR1</code><para>The same for every nginx of that name.</para></example>
[Cmdlet(VerbsCommunications.Send, "AeternaSignal", SupportsShouldProcess = true)]
[OutputType(typeof(AeternaSignal))]
public sealed class SendAeternaSignalCommand : EngineCommand
{
    /// <summary>The signal's name or number: HUP, SIGUSR1, 10.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Signal { get; set; } = "";

    private protected override string Aim => "send a signal to";

    private protected override bool AllWithoutName => false;

    private protected override void Process(ControlClient client, StatusReport status)
    {
        if (!ShouldProcess(status.Service, $"Send the signal {Signal}"))
        {
            return;
        }

        var report = client.Signal(Signal, Stopped).GetAwaiter().GetResult();
        foreach (var generation in report.Generations)
        {
            Write(client, new AeternaSignal(status.Service, report.Signal, generation));
        }
    }
}
