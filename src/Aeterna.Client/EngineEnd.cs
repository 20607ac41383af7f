using System.Diagnostics;
using Aeterna.Contract;

namespace Aeterna.Client;

/// <summary>
/// The end of an engine: asked for, waited for, and looked at, since one that dies of it leaves its service behind, or, when it is kept, is followed by another one, which ends it.
/// </summary>
internal sealed class EngineEnd(ControlClient client, StatusReport before)
{
    private static readonly TimeSpan _askEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _lastMoment = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);

    private readonly bool _here = client.Target.Socket is not null;

    private readonly ProcessStat? _last = client.Target.Socket is { } path ? Last(path, before) : null;

    private readonly ServiceProcesses? _processes = client.Target.Socket is null ? null : ServiceProcesses.Of(before);

    private int _asked = before.EnginePid;
    private int _seen;
    private bool _now;

    /// <summary>Asks for it. Not to be cancelled: a request that is on its way may have begun it.</summary>
    /// <param name="now">Kill the service in place of draining it.</param>
    public async Task Ask(bool now)
    {
        _now = now;
        try
        {
            await client.Stop(now, CancellationToken.None).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.Error is EngineError.Unreachable or EngineError.NotRunning)
        {
            // One that died before it answered has ended too: what counts is what it has left, or who goes on with it.
            _asked = 0;
            if (!_here || (before.Keeper is null && !await Ends().ConfigureAwait(false)))
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
            var status = await client.Status(cancel).ConfigureAwait(false);
            if (status.EnginePid == _asked)
            {
                return true;
            }

            if (before.Keeper is null || status.Keeper?.Pid != before.Keeper.Pid)
            {
                return false; // The next engine of that name.
            }

            await AskAgain(status).ConfigureAwait(false);
            return true;
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

    // The one that was asked has died, perhaps before it had noted that, and this has gone on. One that ends the service is not to hurry, so it gets a moment to begin.
    private async Task AskAgain(StatusReport status)
    {
        var isNew = _seen != status.EnginePid;
        _seen = status.EnginePid;
        if (!isNew && status.FsmState is not (FsmState.Draining or FsmState.Stopped))
        {
            await client.Stop(_now, CancellationToken.None).ConfigureAwait(false);
            _asked = status.EnginePid;
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

    // A later process of that number is another one.
    private bool IsAlive() => _last is not null && ProcessStat.Of(_last.Pid)?.Started == _last.Started;

    // The process that goes last: the engine, or its keeper. Null: not seen here; from another PID namespace its number is somebody else's.
    private static ProcessStat? Last(string path, StatusReport before) =>
        before.Keeper is { } keeper && ProcessStat.Of(before.EnginePid)?.Parent == keeper.Pid ? ProcessStat.Of(keeper.Pid)
        : UnixConnection.Listener(path) == before.EnginePid ? ProcessStat.Of(before.EnginePid)
        : null;
}
