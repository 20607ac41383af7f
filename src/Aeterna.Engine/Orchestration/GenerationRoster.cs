using System.Collections.Concurrent;
using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Listeners;
using Aeterna.Orchestration.Machine;
using Microsoft.Extensions.Logging;

namespace Aeterna.Orchestration;

/// <summary>Owns the generations, from their launch until no process of them is left. May be read from any thread.</summary>
internal sealed class GenerationRoster(IGenerationHost host, IListenerTable listeners, TimeProvider time, ILogger logger)
{
    /// <summary>How long a killed process may take to vanish before it is left to the kernel.</summary>
    public static readonly TimeSpan KillGrace = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<int, IGeneration> _generations = new();

    /// <summary>All of them, oldest first.</summary>
    public IReadOnlyList<IGeneration> All => [.. _generations.Values.OrderBy(generation => generation.Number)];

    /// <summary>The generation that a process belongs to; null: none.</summary>
    public int? Of(int pid) => _generations.Values.FirstOrDefault(generation => generation.Owns(pid))?.Number;

    public IGeneration? Find(int number) => _generations.GetValueOrDefault(number);

    /// <summary>Opens the plan's listeners and starts a generation.</summary>
    /// <exception cref="ListenerException">A listener cannot be opened.</exception>
    /// <exception cref="StartException">It cannot be started.</exception>
    public IGeneration Launch(int number, Plan plan, string? stateSocket = null)
    {
        listeners.Configure(plan.Service.Listeners);
        var generation = host.Start(new GenerationSpec(number, plan.Service, stateSocket));
        _generations[number] = generation;
        return generation;
    }

    /// <summary>What a generation holds and has said, for the one that takes its place. Null when it is unknown here.</summary>
    public Predecessor? Describe(int number) =>
        Find(number) is { } generation ? new Predecessor(number, listeners.HeldBy(number), generation.NotifiedReady) : null;

    public void Kill(int number) => Find(number)?.Kill();

    /// <summary>Tells a generation to end, waits, and kills what is left. Without a main process nobody can be told.</summary>
    public async Task<Gone> Drain(int number, int signal, TimeSpan timeout)
    {
        if (Find(number) is not { Exited.IsCompleted: false } generation)
        {
            return await Discard(number).ConfigureAwait(false);
        }

        var (inTime, mainWasLeft) = (false, true);
        try
        {
            generation.Signal(signal);
            inTime = await generation.Gone.EndsWithin(timeout, time).ConfigureAwait(false);
            mainWasLeft = !generation.Exited.IsCompleted;
        }
        finally
        {
            await Remove(generation).ConfigureAwait(false);
        }

        return new Gone(number, How(generation, timeout, inTime, mainWasLeft), !inTime);
    }

    /// <summary>Kills what is left of a generation.</summary>
    public async Task<Gone> Discard(int number)
    {
        if (Find(number) is not { } generation)
        {
            return new Gone(number, "it was gone already", false);
        }

        await Remove(generation).ConfigureAwait(false);
        return new Gone(number, How(generation, TimeSpan.Zero, true, false), false);
    }

    private async Task Remove(IGeneration generation)
    {
        try
        {
            if (!generation.Gone.IsCompleted)
            {
                generation.Kill();
                if (!await generation.Gone.EndsWithin(KillGrace, time).ConfigureAwait(false))
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
                await generation.DisposeAsync().ConfigureAwait(false);
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
}
