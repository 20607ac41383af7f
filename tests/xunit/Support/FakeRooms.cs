using System.Collections.Concurrent;
using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Listeners;
using Aeterna.Machine;
using Aeterna.Machine.Plans;

namespace Aeterna.Tests.Support;

/// <summary>A listener table that only keeps the books.</summary>
internal sealed class FakeListenerTable : IListenerTable
{
    private readonly ConcurrentDictionary<int, IReadOnlyCollection<ListenerAddress>> _held = new();

    /// <summary>All calls in order, as in <c>configure a,b</c>, <c>forget 1</c>, <c>release</c>.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    public Exception? ConfigureFails { get; set; }

    public void Hold(int generation, params string[] addresses) => _held[generation] = [.. addresses.Select(Address)];

    public static ListenerAddress Address(string text) =>
        ListenerAddress.TryParse(text, out var address, out var expected) ? address! : throw new ArgumentException(expected, nameof(text));

    public static ListenerPlan Listener(string text) => new() { Name = text, Address = Address(text) };

    public void Configure(IReadOnlyList<ListenerPlan> listeners)
    {
        if (ConfigureFails is { } failure)
        {
            throw failure;
        }

        Calls.Enqueue($"configure {string.Join(',', listeners.Select(listener => listener.Name))}".TrimEnd());
    }

    public IReadOnlyCollection<ListenerAddress> HeldBy(int generation) => _held.GetValueOrDefault(generation) ?? [];

    /// <summary>Inodes are taken from the addresses' ports.</summary>
    public IReadOnlyList<GivenSocket> GivenTo(int generation) =>
        [.. HeldBy(generation).Select(address => new GivenSocket(address, (ulong)(address.Endpoint?.Port ?? 0), true))];

    public Task Retire(int generation, TimeSpan patience) => Task.CompletedTask;

    public void Forget(int generation)
    {
        _held.TryRemove(generation, out _);
        Calls.Enqueue($"forget {generation}");
    }

    public IReadOnlyList<ListenerAddress> ReleaseUnused()
    {
        Calls.Enqueue("release");
        return [];
    }

    public IReadOnlyList<ListenerReport> Report() => [];

    /// <summary>What is owed by every generation.</summary>
    public List<ListenerAddress> Owed { get; } = [];

    /// <summary>The generation that was asked for last.</summary>
    public int AskedFor { get; private set; }

    public void Owe(int generation) => AskedFor = generation;

    public IReadOnlyCollection<ListenerAddress> OwedBy(int generation) => Owed;
}

/// <summary>A runner whose commands end as the test says; by default well and at once.</summary>
internal sealed class FakeCommandRunner : ICommandRunner
{
    public static CommandResult Ok { get; } = new(new ProcessExit(0, 0), false, null, "");

    public static CommandResult Failed { get; } = new(new ProcessExit(1, 0), false, null, "first\nlast words\n");

    public Func<IReadOnlyList<string>, CancellationToken, Task<CommandResult>> Answer { get; set; } = (_, _) => Task.FromResult(Ok);

    public ConcurrentQueue<(string Command, IReadOnlyList<string> Environment)> Ran { get; } = new();

    public Task<CommandResult> Run(
        IReadOnlyList<string> command,
        IReadOnlyList<string> environment,
        string? workingDirectory,
        TimeSpan timeout,
        CancellationToken cancel)
    {
        Ran.Enqueue((command[0], environment));
        return Answer(command, cancel);
    }
}
