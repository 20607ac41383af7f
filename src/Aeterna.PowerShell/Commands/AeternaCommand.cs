using System.Management.Automation;
using Aeterna.Client;
using Aeterna.PowerShell.Errors;

namespace Aeterna.PowerShell.Commands;

/// <summary>What all cmdlets of the module have: an end on Ctrl-C, and failures as error records.</summary>
public abstract class AeternaCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>New.</summary>
    protected AeternaCommand() => Asked = new Telling(this);

    /// <summary>What is asked of engines.</summary>
    private protected Telling Asked { get; }

    /// <summary>Cancelled by Ctrl-C.</summary>
    private protected CancellationToken Stopped => _stopping.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    /// <summary>Does the work for one item. A failure becomes an error of that item, and the others go on.</summary>
    private protected void ForItem(object target, Action work)
    {
        try
        {
            try
            {
                work();
            }
            finally
            {
                if (!Stopping)
                {
                    Asked.Tell();
                }
            }
        }
        catch (EngineException failure)
        {
            WriteError(ErrorRecords.From(failure, target));
        }
        catch (SessionStateException failure)
        {
            // A path of a drive that there is not.
            WriteError(new ErrorRecord(failure.ErrorRecord, failure));
        }
        catch (OperationCanceledException) when (Stopped.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }
}
