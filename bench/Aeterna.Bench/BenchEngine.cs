using Aeterna.Broker;
using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Listeners;
using Aeterna.Machine.Plans;
using Aeterna.Relay;
using Aeterna.Telemetry;

using Microsoft.Extensions.Logging.Abstractions;

namespace Aeterna.Bench;

/// <summary>The lower floors of an engine in a temporary folder: held sockets, launcher and broker.</summary>
internal sealed class BenchEngine : IAsyncDisposable, IGenerationMeter
{
    private readonly ChildReaper _reaper = new(reapOrphans: false);
    private readonly RelayInputs _inputs = new(NullLogger<RelayInputs>.Instance);
    private readonly List<IGeneration> _generations = [];

    public BenchEngine()
    {
        var paths = new EnginePaths(Folder, Path.Combine(Folder, "control.sock"), Folder);
        Listeners = new ListenerTable(new NoJournal(), NullLogger.Instance, _inputs);
        Host = new GenerationHost(paths, Listeners, _reaper, this, NullLogger.Instance);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("aet-").FullName;

    public ListenerTable Listeners { get; }

    public GenerationHost Host { get; }

    public IGeneration Start(params string[] command)
    {
        var generation = Host.Start(new GenerationSpec(_generations.Count + 1, new ServicePlan { Name = "bench", Command = command }));
        _generations.Add(generation);
        return generation;
    }

    public void Spawned(TimeSpan duration)
    {
    }

    public void Trapped(TrappedCall call, AnswerKind answer)
    {
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var generation in _generations)
        {
            await generation.DisposeAsync().ConfigureAwait(false);
        }

        Host.Dispose();
        Listeners.Dispose();
        _inputs.Dispose();
        _reaper.Dispose();
        Directory.Delete(Folder, true);
    }

    private sealed class NoJournal : IEngineJournal
    {
        private long _number;

        public long NextNumber() => ++_number;

        public void Publish(EventReport report)
        {
        }

        public void Save(ReloadRecord record)
        {
        }

        public IReadOnlyList<ReloadRecord> Records() => [];

        public ReloadRecord? Find(string id) => null;

        public IAsyncEnumerable<EventReport> Follow(long afterId, CancellationToken cancel) => AsyncEnumerable.Empty<EventReport>();
    }
}
