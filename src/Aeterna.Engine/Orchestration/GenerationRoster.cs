using System.Collections.Concurrent;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Listeners;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;
using Aeterna.Machine.Plans;
using Aeterna.Orchestration.Switching;
using Microsoft.Extensions.Logging;

namespace Aeterna.Orchestration;

/// <summary>Owns the generations, from their launch until no process of them is left. May be read from any thread.</summary>
internal sealed partial class GenerationRoster(
    IGenerationHost host, IListenerTable listeners, ITraffic traffic, RestWatch rest, TimeProvider time, ILogger logger)
{
    /// <summary>How long a killed process may take to vanish before it is left to the kernel.</summary>
    public static readonly TimeSpan KillGrace = TimeSpan.FromSeconds(10);

    /// <summary>A connection that ends under a generation which was stopped in its midst would look like the end of what it has in hand.</summary>
    private static readonly TimeSpan _cutOffGrace = TimeSpan.FromSeconds(1);

    /// <summary>For what was accepted just before the others began to wait.</summary>
    private static readonly TimeSpan _direct = TimeSpan.FromMilliseconds(250);

    /// <summary>Processes that their main process has left behind mostly see that by themselves.</summary>
    private static readonly TimeSpan _leftGrace = TimeSpan.FromMilliseconds(200);

    /// <summary>For what waits in sockets that only the one that is to end reads.</summary>
    private static readonly TimeSpan _retiring = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<int, Entry> _generations = new();

    /// <summary>All of them, oldest first.</summary>
    public IReadOnlyList<IGeneration> All => [.. _generations.Values.Select(entry => entry.Generation).OrderBy(generation => generation.Number)];

    /// <summary>The generation that a process belongs to; null: none.</summary>
    public int? Of(int pid) => All.FirstOrDefault(generation => generation.Owns(pid))?.Number;

    public IGeneration? Find(int number) => _generations.TryGetValue(number, out var entry) ? entry.Generation : null;

    /// <summary>The plan that a generation was started with; null: it is gone.</summary>
    public Plan? PlanOf(int number) => _generations.TryGetValue(number, out var entry) ? entry.Plan : null;

    /// <summary>The signal on which it writes what it keeps in buffers; null: none is known.</summary>
    public int? FlushSignal(int number) =>
        _generations.TryGetValue(number, out var entry) ? entry.Plan.Service.Profile.FlushSignal : null;

    /// <summary>The signal on which it opens its files anew; null: none is known.</summary>
    public int? ReopenSignal(int number) =>
        _generations.TryGetValue(number, out var entry) ? entry.Plan.Service.Profile.ReopenSignal : null;

    /// <summary>Has a generation open its files anew; one that is held still does so when it is let go.</summary>
    public void Reopen(int number)
    {
        if (ReopenSignal(number) is { } signal && Find(number) is { } generation && generation.Catches(signal))
        {
            generation.Signal(signal);
        }
    }

    /// <summary>Opens the plan's listeners and starts a generation.</summary>
    /// <exception cref="ListenerException">A listener cannot be opened.</exception>
    /// <exception cref="StartException">It cannot be started.</exception>
    public IGeneration Launch(Launch work, string? stateSocket = null)
    {
        listeners.Configure(work.Plan.Service.Listeners);
        var generation = host.Start(new GenerationSpec(work.Generation, work.Plan.Service, stateSocket) { Program = work.Program });
        _generations[work.Generation] = new Entry(generation, work.Plan);
        return generation;
    }

    /// <summary>Owns a generation that a predecessor of this engine has started.</summary>
    public void Know(IGeneration generation, Plan plan) => _generations[generation.Number] = new Entry(generation, plan);

    /// <summary>What a generation holds and has said, for the one that takes its place. Null when it is unknown here.</summary>
    public Predecessor? Describe(int number) =>
        Find(number) is { } generation ? new Predecessor(number, [.. listeners.HeldBy(number), .. listeners.OwedBy(number)], generation.NotifiedReady) : null;

    /// <summary>The same, with what it really serves.</summary>
    public Predecessor? DescribeServing(int number) =>
        Find(number) is { } generation ? Describe(number)! with { Served = ServedSockets.Of(listeners, generation) } : null;

    /// <summary>Why a generation cannot take over from one that served; null when nothing speaks against it.</summary>
    public string? Lost(IGeneration candidate, Predecessor? before) =>
        before?.Served is { } served ? ServedSockets.Lost(served, listeners, candidate) : null;

    public void Kill(int number) => Find(number)?.Kill();

    /// <summary>What the main process of a generation that is told to end has left behind, or will leave behind, is told to end too.</summary>
    public void EndLeft(int number)
    {
        if (_generations.TryGetValue(number, out var entry))
        {
            entry.Awaited.TrySetResult();
        }
    }

    /// <summary>
    /// Waits until a generation has nothing in hand, tells it to end, waits, and kills what is left. Without a main process nobody can
    /// be told.
    /// </summary>
    public async Task<Gone> Drain(Drain order)
    {
        var (number, timeout) = (order.Generation, order.Timeout);
        if (Find(number) is not { Exited.IsCompleted: false } generation)
        {
            return await Discard(number).ConfigureAwait(false);
        }

        if (order.Awaited)
        {
            EndLeft(number);
        }

        if (IsOutside(generation))
        {
            return await DrainOutside(generation, order).ConfigureAwait(false);
        }

        var (inTime, mainWasLeft) = (false, true);
        string? left = null;
        try
        {
            // One that is frozen reads nothing more.
            await listeners.Retire(number, order.Standing == Standing.Parked ? TimeSpan.Zero : _retiring).ConfigureAwait(false);
            left = await Finish(generation, order).ConfigureAwait(false);
            Tell(generation, order);
            if (order.Standing == Standing.CutOff && !await generation.Gone.EndsWithin(_cutOffGrace, time).ConfigureAwait(false))
            {
                traffic.Leave(number);
            }

            inTime = await Ends(generation, order).ConfigureAwait(false);
            mainWasLeft = !generation.Exited.IsCompleted;
        }
        finally
        {
            await Remove(generation).ConfigureAwait(false);
        }

        var how = How(generation, timeout, inTime, mainWasLeft);
        return new Gone(number, Said(how, left), !inTime);
    }

    private static string Said(string how, string? left) => left is null ? how : $"{how}; it was told to end with work in hand that may be lost: {left}";

    /// <summary>Kills what is left of a generation.</summary>
    public async Task<Gone> Discard(int number)
    {
        if (Find(number) is not { } generation)
        {
            return new Gone(number, "it was gone already", false);
        }

        await Remove(generation).ConfigureAwait(false);
        return new Gone(number, How(generation, TimeSpan.Zero, true, false), false) { Adoption = IsOutside(generation) ? Door!.Report : null };
    }

    private async Task<bool> Ends(IGeneration generation, Drain order)
    {
        var ends = generation.Gone.EndsWithin(order.Timeout, time);
        var awaited = _generations.TryGetValue(generation.Number, out var entry) ? entry.Awaited.Task : Task.CompletedTask;
        await Task.WhenAny(Task.WhenAll(generation.Exited, awaited), ends).ConfigureAwait(false);
        if (!ends.IsCompleted && !await generation.Gone.EndsWithin(_leftGrace, time).ConfigureAwait(false))
        {
            generation.EndLeft();
        }

        return await ends.ConfigureAwait(false);
    }

    private async Task<string?> Finish(IGeneration generation, Drain order)
    {
        if (order.Standing == Standing.CutOff)
        {
            generation.Thaw();
        }

        generation.Continue(); // What somebody has stopped could neither finish nor end.

        // Of shared sockets nobody knows what it still has to read; and one that is parked has nothing in hand.
        var sleep = SleepOf(order);
        if (order.Standing == Standing.Parked || (sleep == RestWatch.Sleep.Unknown && !traffic.IsDirected))
        {
            return null;
        }

        // It has its connections, which may keep it busy for good, while those that are new wait for its end.
        var isBrief = sleep == RestWatch.Sleep.Unknown && traffic.HasDirectStreams;
        var timeout = isBrief && order.Timeout > _direct ? _direct : order.Timeout;
        var why = await Task.Factory.StartNew(
            () => rest.Finish(generation, FlushSignal(generation.Number), timeout, sleep),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        if (isBrief)
        {
            return null;
        }

        if (why is not null)
        {
            logger.NotAtRest(generation.Number, why);
        }

        return why;
    }

    // One that was cut off holds nobody up any more.
    private RestWatch.Sleep SleepOf(Drain order) =>
        !_generations.TryGetValue(order.Generation, out var entry) || entry.Plan.Service.Profile.Housekeeping is null ? RestWatch.Sleep.Unknown
        : order.Standing == Standing.CutOff ? RestWatch.Sleep.WorkThatMayEnd : RestWatch.Sleep.Work;

    // The signal first: a frozen one finds it when it wakes up, before anything else.
    private void Tell(IGeneration generation, Drain order)
    {
        generation.Signal(order.Signal);
        if (order.Standing != Standing.CutOff)
        {
            traffic.Leave(generation.Number);
        }

        generation.Thaw();
        generation.Continue();
    }

    private async Task Remove(IGeneration generation)
    {
        var survived = false;
        try
        {
            if (!generation.Gone.IsCompleted)
            {
                generation.Kill();
                survived = !await generation.Gone.EndsWithin(KillGrace, time).ConfigureAwait(false);
                if (survived)
                {
                    logger.SurvivedKill(generation.Number, Durations.FormatBrief(KillGrace));
                }
            }
        }
        finally
        {
            _generations.TryRemove(generation.Number, out _);
            try
            {
                if (IsOutside(generation))
                {
                    HaveOutside();
                }

                traffic.Leave(generation.Number);
                var disposing = generation.DisposeAsync().ConfigureAwait(false);
                if (!survived)
                {
                    await disposing;
                }
            }
            finally
            {
                listeners.Forget(generation.Number);
            }
        }
    }

    private static string How(IGeneration generation, TimeSpan timeout, bool inTime, bool mainWasLeft)
    {
        var exit = generation.Exited.IsCompletedSuccessfully
            ? generation.Exited.Result.ToString()
            : $"still there {Durations.FormatBrief(KillGrace)} after SIGKILL";
        return inTime ? exit
            : mainWasLeft ? $"killed by SIGKILL after drain.timeout {Durations.FormatBrief(timeout)}"
            : $"{exit}; its other processes were killed by SIGKILL after drain.timeout {Durations.FormatBrief(timeout)}";
    }

    /// <param name="Generation">The generation.</param>
    /// <param name="Plan">Its plan.</param>
    private sealed record Entry(IGeneration Generation, Plan Plan)
    {
        /// <summary>Somebody waits until all of it is gone.</summary>
        public TaskCompletionSource Awaited { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
