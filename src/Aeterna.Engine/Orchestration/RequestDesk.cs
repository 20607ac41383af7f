using System.Collections.Concurrent;
using Aeterna.Contract;
using Aeterna.Machine;

namespace Aeterna.Orchestration;

/// <summary>Who asked for what and has not been answered yet. May be used from any thread.</summary>
internal sealed class RequestDesk
{
    private readonly ConcurrentDictionary<int, Asked> _open = new();
    private int _last;
    private volatile bool _closed;

    /// <summary>One request.</summary>
    /// <param name="Number">How the machine knows it.</param>
    /// <param name="Name">As in <c>reload</c>.</param>
    /// <param name="RequestedBy">Who asked.</param>
    /// <param name="Reload">The body of a reload.</param>
    internal sealed record Asked(int Number, string Name, string RequestedBy, ReloadRequest? Reload)
    {
        internal TaskCompletionSource<RequestOutcome> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The answer.</summary>
        public Task<RequestOutcome> Answer => Source.Task;
    }

    public Asked Take(string name, string requestedBy, ReloadRequest? reload = null)
    {
        var asked = new Asked(Interlocked.Increment(ref _last), name, requestedBy, reload);
        _open[asked.Number] = asked;

        // The loop may have closed the desk in between: then nobody else would answer.
        if (_closed)
        {
            Close();
        }

        return asked;
    }

    /// <summary>Answers a request of which there is more to come: it can be found until it is answered once more.</summary>
    public void AnswerFirst(int number, RequestOutcome outcome) => Find(number)?.Source.TrySetResult(outcome);

    /// <summary>Forgets a request that has been answered.</summary>
    public void Forget(int number) => _open.TryRemove(number, out _);

    public Asked? Find(int number) => _open.GetValueOrDefault(number);

    public void Answer(int number, RequestOutcome outcome)
    {
        if (_open.TryRemove(number, out var asked))
        {
            asked.Source.TrySetResult(outcome);
        }
    }

    /// <summary>The service has ended: a stop is done, and everything else refused.</summary>
    public void Close()
    {
        _closed = true;
        foreach (var asked in _open.Values)
        {
            var refusal = new Refusal(ProblemCode.Stopping, $"cannot {asked.Name}: the service has been stopped (start it again)");
            Answer(asked.Number, new RequestOutcome(null, asked.Name == StopName ? null : refusal));
        }
    }

    /// <summary>The engine's own look at how things stand, of which nobody is to read.</summary>
    public const string LookName = "look";

    /// <summary>The one request that a closed desk takes.</summary>
    public const string StopName = "stop";

    /// <param name="refuse">What the machine said.</param>
    /// <param name="open">The record that is open, if any.</param>
    /// <param name="now">The time.</param>
    public static Refusal ToRefusal(Refuse refuse, ReloadRecord? open, DateTimeOffset now) =>
        refuse.Code == ProblemCode.ReloadBusy && open is not null
            ? new Refusal(refuse.Code, $"{refuse.Detail}: {open.Id}, asked for by {open.RequestedBy} {Durations.FormatBrief(now - open.RequestedAt)} ago "
                + $"(aeterna watch {open.Service} shows it; aeterna reload --queue follows it with one more)")
            { ReloadId = open.Id, Findings = refuse.Findings }
            : new Refusal(refuse.Code, refuse.Detail) { Findings = refuse.Findings };
}
