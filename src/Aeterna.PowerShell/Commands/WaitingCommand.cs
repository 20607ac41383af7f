using System.Diagnostics;
using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.PowerShell.Engines;
using Aeterna.PowerShell.Errors;

namespace Aeterna.PowerShell.Commands;

/// <summary>A cmdlet that waits for the verdict of an attempt, with a progress bar. Ctrl-C ends the waiting, never the attempt.</summary>
public abstract class WaitingCommand : EngineCommand
{
    /// <summary>How long to wait at most: seconds, 1m30s, or a TimeSpan. The attempt goes on when it is over. Without it there is no limit.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? Timeout { get; set; }

    private protected override bool AllWithoutName => false;

    /// <summary>A reload that ends as rolled back is what was asked for, and a change.</summary>
    private protected virtual bool RollbackIsWanted => false;

    /// <summary>Waits, and writes the result, or an error whose target it is: other services that were named have their turn all the same.</summary>
    private protected void WaitAndWrite(ControlClient client, string id, bool acceptRollback)
    {
        var record = WaitFor(client, id);
        var result = new AeternaReload(record);
        if (FailureOf(record, acceptRollback) is { } failure)
        {
            WriteError(ErrorRecords.From(failure, result));
            return;
        }

        result.Changed |= RollbackIsWanted && record.Verdict == Verdict.RolledBack;
        Write(client, result);
    }

    private ReloadRecord WaitFor(ControlClient client, string id)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stopped);
        if (Timeout is { } most)
        {
            limit.CancelAfter(most);
        }

        var again = $"Wait-AeternaReload -Id {id} {client.Target.Parameters()}";
        using var progress = new ReloadProgress(this, id);
        try
        {
            foreach (var told in new EngineFollower(client).Follow(id, afterId: 0, limit.Token).ToBlockingEnumerable(limit.Token))
            {
                Asked.Tell();
                switch (told)
                {
                    case Followed.Now now:
                        progress.Show(now.Status, now.Record);
                        break;
                    case Followed.Decided decided:
                        return decided.Record;
                }
            }

            throw new UnreachableException();
        }
        catch (OperationCanceledException) when (Stopped.IsCancellationRequested)
        {
            // A stopping pipeline takes no warnings any more; the host does.
            Host.UI.WriteWarningLine($"stopped waiting; {id} goes on ({again} waits for it again, Undo-AeternaReload {client.Target.Parameters()} ends it)");
            throw new PipelineStoppedException();
        }
        catch (OperationCanceledException e)
        {
            throw new EngineException(
                EngineError.Timeout,
                $"cannot wait longer for {id} of {client.Target.Label}: it was not decided within {Durations.Format(Timeout!.Value)} (it goes on; {again} waits for it again)", e);
        }
        catch (EngineException e) when (e.Error == EngineError.NotRunning)
        {
            throw new EngineException(EngineError.NotRunning, $"cannot wait for {id}: the engine of {client.Target.Label} has ended (its log says why)", e);
        }
    }

    private static EngineException? FailureOf(ReloadRecord record, bool acceptRollback)
    {
        var why = record.Message is { } message ? $": {message}" : "";
        return record.Verdict switch
        {
            // A way back within the undo window that was itself rolled back has not come about.
            Verdict.RolledBack when !acceptRollback || record.Kind == "rollback" => new EngineException(
                EngineError.RolledBack,
                $"{record.Kind} {record.Id} of {record.Service}: {record.Verdict}{why}{(record.WasStartedAgain() ? "" : FormattableString.Invariant($"; generation {record.OldGeneration} (pid {record.OldPid}) serves on"))}"),
            Verdict.Blocked => new EngineException(
                EngineError.ReloadBlocked, $"{record.Kind} {record.Id} of {record.Service}: {record.Verdict}{why}; nothing was started{(record.OldPid is null ? "" : FormattableString.Invariant($", generation {record.OldGeneration} (pid {record.OldPid}) serves on"))}"),
            Verdict.Failed => new EngineException(EngineError.ReloadFailed, $"{record.Kind} {record.Id} of {record.Service}: {record.Verdict}{why}"),
            _ => null,
        };
    }
}
