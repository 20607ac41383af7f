using System.Collections.Concurrent;

using Aeterna.Broker;
using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Listeners;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine.Plans;
using Aeterna.Relay;
using Aeterna.Telemetry;

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aeterna.Tests.Support;

/// <summary>The engine's lower floors without orchestration: held sockets, launcher and broker, in a temporary run directory.</summary>
internal sealed class Rig : IAsyncDisposable, IGenerationMeter
{
    private readonly List<IGeneration> _generations = [];
    private readonly ChildReaper _reaper = new(reapOrphans: false);
    private readonly RelayInputs _inputs;
    private int _number;

    public Rig(ILogger? log = null, IEngineJournal? journal = null, long? mostCaptured = null, IInputMaker? inputs = null)
    {
        Directory = Temp.Folder();
        var paths = new EnginePaths(Directory, Path.Combine(Directory, "control.sock"), Path.Combine(Directory, "history"));
        _inputs = new RelayInputs(NullLogger<RelayInputs>.Instance);
        journal ??= new SilentJournal();
        Listeners = mostCaptured is { } most
            ? new ListenerTable(journal, log ?? NullLogger.Instance, inputs ?? _inputs) { MostCaptured = most }
            : new ListenerTable(journal, log ?? NullLogger.Instance, inputs ?? _inputs);
        Host = new GenerationHost(paths, Listeners, _reaper, this, log ?? NullLogger.Instance);
    }

    public string Directory { get; }

    public ListenerTable Listeners { get; }

    /// <summary>All that were started.</summary>
    public IReadOnlyList<IGeneration> Generations => _generations;

    public GenerationHost Host { get; }

    public ChildReaper Reaper => _reaper;

    public ConcurrentQueue<(TrappedCall Call, AnswerKind Answer)> Traps { get; } = new();

    /// <summary>Starts a generation of a command.</summary>
    public IGeneration Start(params string[] command) => Start(new ServicePlan { Name = "test", Command = command });

    public IGeneration Start(ServicePlan service)
    {
        var generation = Host.Start(new GenerationSpec(++_number, service));
        _generations.Add(generation);
        return generation;
    }

    /// <summary>Starts a Python program; further arguments follow.</summary>
    public IGeneration StartPython(string script, params string[] arguments)
    {
        var file = Path.Combine(Directory, $"program-{_number + 1}.py");
        File.WriteAllText(file, script);
        return Start(["/usr/bin/python3", "-S", "-u", file, .. arguments]);
    }

    public static ReadinessRequirement Requires(params ListenerAddress[] mustBind) =>
        new(Readiness.Listeners, TimeSpan.FromSeconds(60), mustBind, false);

    /// <summary>Called in the midst of a start: the program runs, and nothing of the engine's is made for it yet.</summary>
    public Action? InTheMidst { get; set; }

    public void Spawned(TimeSpan duration) => InTheMidst?.Invoke();

    public void Trapped(TrappedCall call, AnswerKind answer) => Traps.Enqueue((call, answer));

    public async ValueTask DisposeAsync()
    {
        foreach (var generation in _generations)
        {
            await generation.DisposeAsync();
        }

        Host.Dispose();
        Listeners.Dispose();
        _inputs.Dispose();
        _reaper.Dispose();
        System.IO.Directory.Delete(Directory, true);
    }
}

/// <summary>A journal that nobody reads.</summary>
internal class SilentJournal : IEngineJournal
{
    public virtual void Publish(EventReport report)
    {
    }

    public long NextNumber() => 1;

    public void Save(ReloadRecord record)
    {
    }

    public IReadOnlyList<ReloadRecord> Records() => [];

    public ReloadRecord? Find(string id) => null;

    public async IAsyncEnumerable<EventReport> Follow(long afterId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await Task.Delay(Timeout.Infinite, cancel);
        yield break;
    }
}
