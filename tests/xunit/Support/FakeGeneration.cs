using System.Collections.Concurrent;
using Aeterna.Generations;
using Aeterna.Linux;
using Aeterna.Machine;

namespace Aeterna.Tests.Support;

/// <summary>A generation without a process: it does what the test tells it. Left alone it is ready at once and ends on any signal.</summary>
internal sealed class FakeGeneration(int number) : IGeneration
{
    private Exception? _brokenOnce;
    private readonly TaskCompletionSource<ProcessExit> _exited = NewSource<ProcessExit>();
    private readonly TaskCompletionSource<bool> _gone = NewSource<bool>();
    private readonly TaskCompletionSource<string?> _ready = NewSource<string?>();

    // Who hears of its end must not find it half dead: its processes are gone with the main one.
    private readonly Lock _dying = new();

    public int Number { get; } = number;

    public int Pid { get; private set; } = 1000 + number;

    public event Action? MainMoved;

    /// <summary>Its main process hands its work to another one.</summary>
    public void Move(int pid)
    {
        Pid = pid;
        MainMoved?.Invoke();
    }

    public DateTimeOffset StartedAt => new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);

    public Task<ProcessExit> Exited => _exited.Task;

    public Task Gone
    {
        get
        {
            lock (_dying)
            {
                return _gone.Task;
            }
        }
    }

    public bool NotifiedReady { get; set; }

    public string? NotifyStatus { get; set; }

    /// <summary>WaitReady waits for <see cref="SetReady"/>.</summary>
    public bool SlowStart { get; set; }

    /// <summary>Whether somebody in it waits for clients.</summary>
    public Attendance Attending { get; set; } = Aeterna.Linux.Attendance.Somebody;

    public Attendance Attendance(IReadOnlySet<ulong> sockets) => Attending;

    /// <summary>Signals do not end it.</summary>
    public bool Stubborn { get; set; }

    /// <summary>Thrown by every member that can be made to.</summary>
    public Exception? Broken { get; set; }

    /// <summary>Thrown by the first of these members that is called, and then no more.</summary>
    public Exception? BrokenOnce
    {
        get => _brokenOnce;
        set => _brokenOnce = value;
    }

    public ResourceUsage Uses { get; set; } = new(1 << 20, TimeSpan.Zero, 10, 1);

    public ConcurrentQueue<int> Signals { get; } = new();

    public ReadinessRequirement? Requirement { get; private set; }

    public bool Disposed { get; private set; }

    /// <summary>What its main process has left behind ends when it is told to.</summary>
    /// <summary>It was let go on, before any signal.</summary>
    public bool WasContinuedFirst { get; private set; }

    public void Continue() => WasContinuedFirst |= Signals.IsEmpty;

    public void EndLeft() => _gone.TrySetResult(true);

    public void SetReady(string? why = null) => _ready.TrySetResult(why);

    /// <summary>Its main process ends by itself, and others of it live on.</summary>
    public void LoseMain() => _exited.TrySetResult(new ProcessExit(-1, 9));

    /// <summary>Its process ends by itself.</summary>
    public void Die(int code = 0, int signal = 0)
    {
        lock (_dying)
        {
            _exited.TrySetResult(new ProcessExit(signal == 0 ? code : -1, signal));
            _gone.TrySetResult(true);
        }
    }

    public Task<string?> WaitReady(ReadinessRequirement requirement, CancellationToken cancel)
    {
        Requirement = requirement;
        ThrowOnce();
        return Broken is { } broken ? throw broken : SlowStart ? _ready.Task.WaitAsync(cancel) : Task.FromResult<string?>(null);
    }

    /// <summary>Null: all that there may be.</summary>
    public IReadOnlySet<ulong>? Open { get; set; }

    public IReadOnlySet<ulong> Sockets() => Open ?? Enumerable.Range(0, ushort.MaxValue + 1).Select(port => (ulong)port).ToHashSet();

    public ResourceUsage Usage()
    {
        ThrowOnce();
        return Broken is { } broken ? throw broken : Uses;
    }

    private void ThrowOnce()
    {
        if (Interlocked.Exchange(ref _brokenOnce, null) is { } broken)
        {
            throw broken;
        }
    }

    public void Signal(int signal)
    {
        Signals.Enqueue(signal);
        Say($"signal {signal} to {Number}");
        if (!Stubborn && !Caught.Contains(signal))
        {
            Die();
        }
    }

    public void Kill()
    {
        Signals.Enqueue(9);
        Say($"kill {Number}");
        Die(signal: 9);
    }

    /// <summary>It cannot be held still.</summary>
    public bool Restless { get; set; }

    /// <summary>What happens at the moment when it has been held still.</summary>
    public Action Freezing { get; set; } = () => { };

    /// <summary>What its threads do; nothing by default, which is rest.</summary>
    public Func<Activity> Does { get; set; } = () => new Activity([], 0);

    public HashSet<int> Caught { get; } = [];

    public HashSet<string> Files { get; } = [];

    /// <summary>Told of <c>freeze N</c>, <c>thaw N</c>, <c>signal S to N</c> and <c>kill N</c>.</summary>
    public Action<string> Say { get; set; } = _ => { };

    public bool IsFrozen { get; private set; }

    public bool Freeze(CancellationToken cancel)
    {
        Say($"freeze {Number}");
        IsFrozen = !Restless && !Exited.IsCompleted;
        Freezing();
        return IsFrozen;
    }

    public void Thaw()
    {
        if (IsFrozen)
        {
            IsFrozen = false;
            Say($"thaw {Number}");
        }
    }

    public Activity Activity() => Does();

    public bool Catches(int signal) => Caught.Contains(signal);

    /// <summary>What it shows that a second one would spoil.</summary>
    public string? Shows { get; set; }

    public string? Footprint() => Shows;

    public IReadOnlySet<string> FilesWritten() => Files;

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }

    private static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Makes <see cref="FakeGeneration"/>s.</summary>
internal sealed class FakeGenerationHost : IGenerationHost
{
    private readonly ConcurrentDictionary<int, FakeGeneration> _made = new();

    /// <summary>Called with each one before it is started.</summary>
    public Action<FakeGeneration> Prepare { get; set; } = _ => { };

    public ConcurrentQueue<GenerationSpec> Specs { get; } = new();

    public FakeGeneration this[int number] => _made[number];

    /// <summary>The one of this number, once it has been started and is asked whether it is ready.</summary>
    public async Task<FakeGeneration> Asked(int number)
    {
        await Waiting.Until(() => _made.TryGetValue(number, out var made) && made.Requirement is not null);
        return _made[number];
    }

    public IGeneration Start(GenerationSpec spec)
    {
        var generation = new FakeGeneration(spec.Number);
        Prepare(generation);
        Specs.Enqueue(spec);
        return _made[spec.Number] = generation;
    }
}
