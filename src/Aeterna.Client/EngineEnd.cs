using System.Diagnostics;
using Aeterna.Contract;

namespace Aeterna.Client;

/// <summary>The end of an engine: asked for, waited for, and looked at, since one that dies of it leaves its service behind.</summary>
internal sealed class EngineEnd(ControlClient client, StatusReport before)
{
    private static readonly TimeSpan _askEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _lastMoment = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);

    private readonly bool _here = client.Target.Socket is not null;

    // Seen from another PID namespace its number is somebody else's.
    private readonly ProcessStat? _engine =
        client.Target.Socket is { } path && UnixConnection.Listener(path) == before.EnginePid ? ProcessStat.Of(before.EnginePid) : null;

    private readonly ServiceProcesses? _processes = client.Target.Socket is null ? null : ServiceProcesses.Of(before);

    /// <summary>Asks for it. Not to be cancelled: a request that is on its way may have begun it.</summary>
    /// <param name="now">Kill the service in place of draining it.</param>
    public async Task Ask(bool now)
    {
        try
        {
            await client.Stop(now, CancellationToken.None).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.Error is EngineError.Unreachable or EngineError.NotRunning)
        {
            // One that died before it answered has ended too: what counts is what it has left.
            if (!_here || !await Ends().ConfigureAwait(false))
            {
                throw;
            }
        }
    }

    /// <summary>Waits until it is there no more.</summary>
    public async Task Wait(CancellationToken cancel)
    {
        while (await IsThere(cancel).ConfigureAwait(false))
        {
            await Task.Delay(_askEvery, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Processes of the service that live on; none are seen on another machine.</summary>
    public Task<IReadOnlyList<int>> Left() => _processes?.Left() ?? Task.FromResult<IReadOnlyList<int>>([]);

    private async Task<bool> IsThere(CancellationToken cancel)
    {
        try
        {
            // Another process is the next engine of that name.
            return (await client.Status(cancel).ConfigureAwait(false)).EnginePid == before.EnginePid;
        }
        catch (EngineException e) when (e.Error == EngineError.NotRunning)
        {
            // Its socket goes first. Until the process has gone too, no other of that name could start.
            return _here && IsAlive();
        }
        catch (EngineException e) when (e.Error is EngineError.Unreachable or EngineError.Timeout)
        {
            // It is on its way out: an answer may break off. Only that nobody listens any more counts.
            return true;
        }
    }

    // Its sockets go before its process.
    private async Task<bool> Ends()
    {
        var since = Stopwatch.StartNew();
        while (IsAlive() && since.Elapsed < _lastMoment)
        {
            await Task.Delay(_look).ConfigureAwait(false);
        }

        return !IsAlive();
    }

    // A later process of that number is not the engine.
    private bool IsAlive() => _engine is not null && ProcessStat.Of(_engine.Pid)?.Started == _engine.Started;
}
