using Aeterna.Broker;
using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine.Plans;

namespace Aeterna.Generations;

/// <content>From one engine to the next.</content>
internal sealed partial class GenerationHost
{
    /// <summary>Ends the spare launcher until <see cref="Prepare"/>: a successor would not know it.</summary>
    public void LetSpareGo() => _spare.LetGo();

    /// <summary>Goes on with a predecessor's generation, whose descriptors it takes over.</summary>
    /// <param name="state">What is known of it.</param>
    /// <param name="service">The service as it was started with it.</param>
    /// <param name="legs">The connections to generations, by the engine's ends.</param>
    /// <param name="mayHaveEnded">Its main process may have ended meanwhile: then that is told as the end of any.</param>
    /// <exception cref="LedgerException">Its main process is not there.</exception>
    /// <exception cref="LinuxException">EMFILE.</exception>
    public Generation Take(GenerationState state, ServicePlan service, IReadOnlyDictionary<int, IRelayLeg> legs, bool mayHaveEnded = false)
    {
        var watch = new ReadinessWatch(service.Profile, _log, wasReady: true);
        lock (_gate)
        {
            _watches[state.Number] = watch;
        }

        _renames.Know(state.Renamed);
        var isIt = state.StartTicks is not { } started || ProcFs.Stat(state.Pid)?.StartTicks == started;
        var child = (isIt ? _reaper.Adopt(state.Pid) : null)
            ?? (mayHaveEnded ? _reaper.Ended(state.Pid) : throw new LedgerException($"generation {state.Number} has no process {state.Pid}"));
        var notify = new NotifySocket(state.Notify, watch.Changed);
        var group = state.Processes.Group is { } path ? Cgroup.At(path) : null;
        var processes = new ProcessSet(group, state.Processes.Main, state.Processes.InstanceDirectory);
        if (mayHaveEnded)
        {
            group?.TryFreeze(false); // Whoever held it still is gone.
            processes.Continue();
        }

        var subject = new BrokerSubject(state.Number, state.Pid, service, state.Broker.FirstLeg) { Renamed = _renames.Add, IsKept = IsKept, Before = new BrokerBefore(state.Broker, legs) };
        var broker = new SocketBroker(subject, new FileDescriptor(state.Broker.Listener), _listeners, watch.BindFailed, _meter, _log);
        var tail = new OutputTail(LastCharacters, LastLines);
        foreach (var line in state.LastLines)
        {
            tail.Add(line);
        }

        var output = new LineReader(state.Stdout, state.Stderr, ToLog(state.Number, tail), $"output gen {state.Number}");
        var resources = new GenerationResources(broker, output, notify, processes, group, state.Processes.InstanceDirectory)
        {
            Tail = tail,
            Renames = _renames,
            PidFile = state.PidFile,
            StartedAt = state.StartedAt,
        };
        var generation = new Generation(
            new GenerationSpec(state.Number, service), child, resources, _listeners, watch, _reaper.Adopt, () => Drop(state.Number), _log);
        Note(generation);
        return generation;
    }

    /// <summary>A generation that is there; null: it is not, or not any more.</summary>
    public Generation? Find(int number)
    {
        lock (_gate)
        {
            return _generations.GetValueOrDefault(number);
        }
    }

    /// <summary>Those that are there beside one.</summary>
    public IReadOnlyList<Generation> Others(int number)
    {
        lock (_gate)
        {
            return [.. _generations.Values.Where(generation => generation.Number != number && !generation.Gone.IsCompleted)];
        }
    }

    private void Note(Generation generation)
    {
        lock (_gate)
        {
            _generations[generation.Number] = generation;
        }
    }
}
