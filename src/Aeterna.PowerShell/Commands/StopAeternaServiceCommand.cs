using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.PowerShell.Engines;

namespace Aeterna.PowerShell.Commands;

/// <summary>Drains and stops a service, and ends its engine.</summary>
/// <remarks>
/// Waits until the engine has ended. With -Force the service is killed in place of being drained. A service that does not run is an
/// error (Aeterna.NotRunning).
/// </remarks>
/// <example><code>Stop-AeternaService rsyslogd</code><para>Drains and stops one service.</para></example>
/// <example><code>Get-AeternaStatus | Stop-AeternaService -Confirm</code><para>Asks for each service on this machine whether to stop it.</para></example>
[Cmdlet(VerbsLifecycle.Stop, "AeternaService", SupportsShouldProcess = true)]
[OutputType(typeof(AeternaStatus))]
public sealed class StopAeternaServiceCommand : EngineCommand
{
    /// <summary>Kill the service in place of draining it.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Give the service as it was last, with the state STOPPED.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>How long to wait at most: seconds, 1m30s, or a TimeSpan. The stop goes on when it is over. Without it there is no limit.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? Timeout { get; set; }

    private protected override string Aim => "stop";

    private protected override bool AllWithoutName => false;

    private protected override void Process(ControlClient client, StatusReport status)
    {
        if (!ShouldProcess(status.Service, Force ? "Kill the service and end its engine" : "Drain and stop the service, and end its engine"))
        {
            return;
        }

        var end = new EngineEnd(client, status);
        end.Ask(Force).GetAwaiter().GetResult();
        Wait(client, end);
        if (end.Left().GetAwaiter().GetResult() is { Count: > 0 } left)
        {
            throw new EngineException(
                EngineError.StopFailed,
                FormattableString.Invariant($"cannot stop {client.Target.Label}: its engine has ended, and {left.Count} of its processes live on (pid {string.Join(", ", left)})"));
        }

        if (PassThru)
        {
            Write(client, new AeternaStatus(status, changed: true) { State = FsmState.Stopped, CurrentPid = 0, Generations = [], Listeners = [] });
        }
    }

    private void Wait(ControlClient client, EngineEnd end)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stopped);
        if (Timeout is { } most)
        {
            limit.CancelAfter(most);
        }

        try
        {
            end.Wait(limit.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (Stopped.IsCancellationRequested)
        {
            Host.UI.WriteWarningLine($"stopped waiting; {client.Target.Label} goes on stopping (Stop-AeternaService {client.Target.Parameters()} -Force hurries it)");
            throw new PipelineStoppedException();
        }
        catch (OperationCanceledException e)
        {
            throw new EngineException(
                EngineError.Timeout,
                $"cannot wait longer for the end of {client.Target.Label}: it still drained after {Durations.Format(Timeout!.Value)} "
                + $"(it goes on; Stop-AeternaService {client.Target.Parameters()} -Force hurries it)", e);
        }
    }
}
