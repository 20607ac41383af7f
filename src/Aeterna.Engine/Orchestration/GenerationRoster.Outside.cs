using Aeterna.Generations;
using Aeterna.Linux;
using Aeterna.Listeners.Outside;
using Aeterna.Machine;
using Aeterna.Orchestration.Switching;

namespace Aeterna.Orchestration;

/// <content>A daemon that the engine has not started, as long as it is there.</content>
internal sealed partial class GenerationRoster
{
    private static readonly TimeSpan _untilUnserved = TimeSpan.FromMilliseconds(2);

    // Since it was asked last it has had next to no time for new ones.
    private static readonly TimeSpan _lastConnections = TimeSpan.FromSeconds(2);

    private OutsideService? _outside;

    /// <summary>The way in to it; null: there is none.</summary>
    public OutsideDoor? Door { get; private set; }

    /// <summary>Takes it in as a generation.</summary>
    public void TakeIn(OutsideService service)
    {
        _outside = service;
        Door = new OutsideDoor(service.Sockets, time);
        _generations[service.Generation.Number] = new Entry(service.Generation, service.Plan);
    }

    /// <summary>Whether a generation is that daemon.</summary>
    public bool IsOutside(IGeneration generation) => generation == _outside?.Generation;

    /// <summary>The switch from it to a generation; null: it is another one that is to be switched from.</summary>
    public OutsideSwitch? SwitchFromOutside(IGeneration from, IGeneration to, BeginSwitch work, CancellationToken hasten) =>
        IsOutside(from) && _generations.TryGetValue(to.Number, out var next)
            ? new OutsideSwitch(traffic, rest, time, from, _outside!.Sockets, Door!, to, hasten)
            {
                Flush = FlushSignal(from.Number),
                Patience = next.Plan.Orchestration.Drain.Timeout,
                Timeout = work.Timeout,
                Signal = _outside.Plan.Orchestration.Drain.Signal,
            }
            : null;

    /// <summary>It, as long as it is there; else null.</summary>
    public OutsideService? Outside => _outside is { } service && Find(service.Generation.Number) is not null ? service : null;

    /// <summary>It goes on as before, with its sockets; nothing if it has ended.</summary>
    public void GiveBack(int number)
    {
        if (Find(number) is { } generation && IsOutside(generation))
        {
            _generations.TryRemove(number, out _);
            _outside!.Sockets.GiveBack();
            if (generation.Exited.IsCompleted)
            {
                return;
            }

            generation.Thaw();
            logger.GivenBack(number, generation.Pid);
        }
    }

    /// <summary>
    /// Tells it to end. With sequential traffic it has its connections to serve first, and nobody connects from then on until it does not serve any more; side by side
    /// with another it ends as its program does.
    /// </summary>
    private async Task<Gone> DrainOutside(IGeneration daemon, Drain order)
    {
        var (number, sockets, door, inTime) = (daemon.Number, _outside!.Sockets, Door!, false);
        string? left = null;
        IDisposable? names = null;
        try
        {
            daemon.Continue();
            if (order.Awaited)
            {
                await Task.Factory.StartNew(
                    () => door.Close(_lastConnections < order.Timeout ? _lastConnections : order.Timeout, () => daemon.Exited.IsCompleted),
                    CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            }
            else
            {
                door.Look();
                await listeners.Retire(number, _retiring).ConfigureAwait(false);
            }

            left = order.Awaited ? await Rest(daemon, order).ConfigureAwait(false) : null;
            names = Keep(sockets);
            if (order.Awaited)
            {
                door.Cut();
            }

            Tell(daemon, order);
            inTime = await EndsOutside(daemon, order).ConfigureAwait(false);
        }
        finally
        {
            if (!inTime && !order.Awaited)
            {
                door.Cut();
            }

            await Remove(daemon).ConfigureAwait(false);
            names?.Dispose();
        }

        return new Gone(number, Said(How(daemon, order.Timeout, inTime, !daemon.Exited.IsCompleted), left), !inTime) { Adoption = door.Report };
    }

    // That it can be done was tried before anything was begun.
    private IDisposable? Keep(IOutsideSockets sockets)
    {
        try
        {
            return sockets.KeepNames();
        }
        catch (LinuxException e)
        {
            logger.NamesNotKept(e.Message);
            return null;
        }
    }

    private async Task<string?> Rest(IGeneration daemon, Drain order)
    {
        var why = await Task.Factory.StartNew(
            () => new OutsideRest(traffic, rest, time, _outside!.Sockets, Door!).Await(daemon, FlushSignal(daemon.Number), order.Timeout, () => daemon.Exited.IsCompleted),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        if (why is not null && !daemon.Exited.IsCompleted)
        {
            logger.NotAtRest(daemon.Number, why);
        }

        return daemon.Exited.IsCompleted ? null : why;
    }

    // What it does not serve any more is the engine's at once.
    private async Task<bool> EndsOutside(IGeneration daemon, Drain order)
    {
        var ends = Ends(daemon, order);
        while (!ends.IsCompleted && _outside!.Sockets.IsServed())
        {
            await Task.WhenAny(ends, Task.Delay(_untilUnserved, time)).ConfigureAwait(false);
        }

        HaveOutside();
        return await ends.ConfigureAwait(false);
    }

    private void HaveOutside()
    {
        _outside!.Sockets.TakeOver();
        _outside.Sockets.Dispose();
    }
}
