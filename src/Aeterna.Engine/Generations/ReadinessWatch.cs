using System.Diagnostics;
using System.Threading.Channels;

using Aeterna.Linux;
using Aeterna.Listeners;

using Aeterna.Machine.Plans;
using Microsoft.Extensions.Logging;

namespace Aeterna.Generations;

/// <summary>
/// Decides when a generation is ready, from what it binds, what it notifies and whether it lives. What must be bound is a condition;
/// a READY=1 that is only expected is a hint: a program may have been built without it. Where it does not come, rest is the other sign.
/// </summary>
/// <param name="profile">The service's.</param>
/// <param name="log">The log.</param>
/// <param name="wasReady">It has been ready, under a predecessor of this engine.</param>
internal sealed class ReadinessWatch(Profile profile, ILogger log, bool wasReady = false)
{
    /// <summary>How long a program has to rest whose profile says how it starts, where its READY=1 does not come.</summary>
    private static readonly TimeSpan _restOfAKnownProgram = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _gate = new();
    private readonly List<(ListenerAddress Address, int Errno)> _failedBinds = [];
    private volatile string? _lacks;
    private volatile bool _wasReady = wasReady;

    /// <summary>See <see cref="IGeneration.Lacks"/>.</summary>
    public string? Lacks => _lacks;

    /// <summary>See <see cref="IGeneration.FailedBind"/>.</summary>
    public string? FailedBind
    {
        get
        {
            (ListenerAddress, int) first;
            lock (_gate)
            {
                if (_wasReady || _failedBinds.Count == 0)
                {
                    return null;
                }

                first = _failedBinds[0];
            }

            return Sentence(first); // Slow: it looks for whoever has the address.
        }
    }

    /// <summary>Something may have changed.</summary>
    public void Changed() => _changes.Writer.TryWrite(true);

    /// <summary>A bind of the generation failed.</summary>
    public void BindFailed(ListenerAddress address, int errno)
    {
        lock (_gate)
        {
            _failedBinds.Add((address, errno));
        }

        Changed();
    }

    /// <summary>See <see cref="IGeneration.WaitReady"/>.</summary>
    /// <param name="generation">The generation.</param>
    /// <param name="requirement">What it has to fulfil.</param>
    /// <param name="held">The addresses that it has.</param>
    /// <param name="cancel">Ends the waiting.</param>
    public async Task<string?> Wait(
        IGeneration generation, ReadinessRequirement requirement, Func<IReadOnlyCollection<ListenerAddress>> held, CancellationToken cancel)
    {
        try
        {
            var why = await Decide(generation, requirement, held, cancel).ConfigureAwait(false);
            _wasReady = why is null;
            return why;
        }
        finally
        {
            _lacks = null;
        }
    }

    private async Task<string?> Decide(
        IGeneration generation, ReadinessRequirement requirement, Func<IReadOnlyCollection<ListenerAddress>> held, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(requirement.Timeout);
        var settling = new Settling();
        while (true)
        {
            // First: that is why most programs end.
            if (FatalBind(requirement) is { } failed)
            {
                return Sentence(failed);
            }

            if (generation.Exited.IsCompleted)
            {
                return $"it ended with {await generation.Exited.ConfigureAwait(false)}";
            }

            var now = held();
            var lacking = Lacking(generation, requirement, now);
            var hinted = lacking is null && Expects(requirement) && !generation.NotifiedReady;
            if (lacking is null && (hinted ? HasRested(settling, generation, requirement, now.Count)
                : IsDefinite(generation, requirement) || settling.IsSettled(generation.Pid, now.Count)))
            {
                if (hinted)
                {
                    GenerationLog.ReadyByRest(log, generation.Number, generation.Pid);
                }

                return null;
            }

            var what = _lacks = lacking ?? (hinted ? "READY=1 has not come, nor has it come to rest" : "it has not come to rest");
            try
            {
                await WaitForChange(lacking is null, hinted, deadline.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                return $"startup.timeout of {requirement.Timeout.TotalSeconds:0.###}s is over, and {what}{Advice(lacking)}";
            }
        }
    }

    private static string Sentence((ListenerAddress Address, int Errno) failed) =>
        $"it could not bind {failed.Address}: {BindAdvice.Of(failed.Errno, failed.Address)}";

    /// <summary>Whether what is asked for says by itself that the program is ready.</summary>
    private static bool IsDefinite(IGeneration generation, ReadinessRequirement requirement) =>
        requirement.Ready != Readiness.Listeners || requirement.MustBind.Count > 0 || generation.NotifiedReady;

    private static string? Lacking(IGeneration generation, ReadinessRequirement requirement, IReadOnlyCollection<ListenerAddress> held)
    {
        var unbound = requirement.Ready == Readiness.Listeners ? requirement.MustBind.Except(held).ToList() : [];
        return unbound.Count > 0 ? $"{string.Join(", ", unbound)} {(unbound.Count == 1 ? "is" : "are")} not bound"
            : requirement.Ready == Readiness.Notify && !generation.NotifiedReady ? "READY=1 has not come"
            : null;
    }

    private static bool Expects(ReadinessRequirement requirement) =>
        requirement is { Ready: Readiness.Listeners, ExpectsNotify: true };

    // Of a program that has said READY=1 before, or has bound nothing yet, nobody knows what it does between its binds and that.
    private bool HasRested(Settling settling, IGeneration generation, ReadinessRequirement requirement, int held)
    {
        var patience = requirement.Timeout / 2;
        var rest = profile.Notifies && held > 0 && _restOfAKnownProgram < patience ? _restOfAKnownProgram : patience;
        return settling.HasRested(generation.Pid, held, rest, patience);
    }

    private static string Advice(string? lacking) => lacking?.EndsWith("not bound", StringComparison.Ordinal) == true
        ? " (if that is intended, force the reload)"
        : "";

    private (ListenerAddress Address, int Errno)? FatalBind(ReadinessRequirement requirement)
    {
        lock (_gate)
        {
            var fatal = _failedBinds.Where(f => profile.FailedBindIsFatal || requirement.MustBind.Contains(f.Address)).ToList();
            return fatal.Count > 0 ? fatal[0] : null;
        }
    }

    private async Task WaitForChange(bool settling, bool hinted, CancellationToken cancel)
    {
        if (!settling)
        {
            await _changes.Reader.ReadAsync(cancel).ConfigureAwait(false);
            return;
        }

        if (!hinted)
        {
            await Task.Delay(Settling.Interval, cancel).ConfigureAwait(false);
            return;
        }

        // The READY=1 that is expected is not to wait for the next look.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        either.CancelAfter(Settling.Interval);
        try
        {
            await _changes.Reader.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // The next look.
        }
    }
}

/// <summary>
/// For a first start of a program that neither notifies nor has configured listeners: it is taken as ready when it binds nothing
/// more and sleeps, or, if it never sleeps, when it has bound nothing more for a while.
/// </summary>
internal sealed class Settling
{
    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private const int QuietLooks = 4;
    private const int LooksOfABusyProgram = 40;

    private readonly Stopwatch _sinceChange = Stopwatch.StartNew();
    private readonly Stopwatch _sinceWork = Stopwatch.StartNew();
    private int _held;
    private int _unchanged;
    private int _quiet;

    /// <summary>Takes a look; true when the program has settled.</summary>
    public bool IsSettled(int pid, int held)
    {
        _unchanged = held == _held ? _unchanged + 1 : 0;
        _quiet = held == _held && ProcFs.ThreadStates(pid).All(s => s is 'S' or 'I') ? _quiet + 1 : 0;
        _held = held;
        return _quiet >= (held > 0 ? QuietLooks : 2 * QuietLooks) || _unchanged >= LooksOfABusyProgram;
    }

    /// <summary>Takes a look; true when it has bound nothing more and slept for <paramref name="rest"/>, or has bound nothing more for <paramref name="patience"/>.</summary>
    public bool HasRested(int pid, int held, TimeSpan rest, TimeSpan patience)
    {
        _ = IsSettled(pid, held);
        if (_unchanged == 0)
        {
            _sinceChange.Restart();
        }

        if (_quiet == 0)
        {
            _sinceWork.Restart();
        }

        return _sinceWork.Elapsed >= rest || _sinceChange.Elapsed >= patience;
    }
}
