using System.Management.Automation;
using Aeterna.Contract;
using Aeterna.PowerShell.Client;
using Aeterna.PowerShell.Errors;

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
    private static readonly TimeSpan _askEvery = TimeSpan.FromMilliseconds(50);

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

    private protected override void Process(EngineClient client, StatusReport status)
    {
        if (!ShouldProcess(status.Service, Force ? "Kill the service and end its engine" : "Drain and stop the service, and end its engine"))
        {
            return;
        }

        var processes = client.Address.SocketPath is null ? null : ServiceProcesses.Of(status);
        Ask(client, status.EnginePid);
        WaitUntilGone(client, status.EnginePid);
        if (processes?.Left() is { Count: > 0 } left)
        {
            throw new EngineException(
                EngineError.StopFailed,
                FormattableString.Invariant($"cannot stop {client.Address.Label}: its engine has ended, and {left.Count} of its processes live on (pid {string.Join(", ", left)})"));
        }

        if (PassThru)
        {
            Write(client, new AeternaStatus(status, changed: true) { State = FsmState.Stopped, CurrentPid = 0, Generations = [], Listeners = [] });
        }
    }

    private void Ask(EngineClient client, int engine)
    {
        try
        {
            client.Stop(Force, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (EngineException e) when (e.Error is EngineError.Unreachable or EngineError.NotRunning && client.Address.SocketPath is not null && EngineProgram.Ends(engine))
        {
            // It died before it answered, which is an end too: what counts is what it has left.
        }
    }

    private void WaitUntilGone(EngineClient client, int engine)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stopped);
        if (Timeout is { } most)
        {
            limit.CancelAfter(most);
        }

        try
        {
            while (IsThere(client, engine, limit.Token))
            {
                Task.Delay(_askEvery, limit.Token).GetAwaiter().GetResult();
            }
        }
        catch (OperationCanceledException) when (Stopped.IsCancellationRequested)
        {
            Host.UI.WriteWarningLine($"stopped waiting; {client.Address.Label} goes on stopping (Stop-AeternaService {client.Address.Parameters} -Force hurries it)");
            throw new PipelineStoppedException();
        }
        catch (OperationCanceledException e)
        {
            throw new EngineException(
                EngineError.Timeout,
                $"cannot wait longer for the end of {client.Address.Label}: it still drained after {Durations.Format(Timeout!.Value)} "
                + $"(it goes on; Stop-AeternaService {client.Address.Parameters} -Force hurries it)", e);
        }
    }

    private static bool IsThere(EngineClient client, int engine, CancellationToken cancel)
    {
        try
        {
            // Another process is the next engine of that name.
            return client.Status(cancel).GetAwaiter().GetResult().EnginePid == engine;
        }
        catch (EngineException e) when (e.Error == EngineError.NotRunning)
        {
            // Its socket goes first. Until the process has gone too, no other of that name could start.
            return client.Address.SocketPath is not null && EngineProgram.IsAlive(engine);
        }
        catch (EngineException e) when (e.Error is EngineError.Unreachable or EngineError.Timeout)
        {
            // It is on its way out: an answer may break off. Only that nobody listens any more counts.
            return true;
        }
    }
}
