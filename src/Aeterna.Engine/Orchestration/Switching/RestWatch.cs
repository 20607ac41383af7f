using Aeterna.Contract;
using Aeterna.Generations;
using Aeterna.Health.Quiescence;
using Aeterna.Listeners.Traffic;

namespace Aeterna.Orchestration.Switching;

/// <summary>Waits until a generation that gets no more traffic has read what it was given and has nothing in hand. Blocks its thread.</summary>
internal sealed class RestWatch(ITraffic traffic, TimeProvider time)
{
    /// <summary>Between two looks while they are equal.</summary>
    private static readonly TimeSpan _close = TimeSpan.FromMicroseconds(100);

    /// <summary>Between two looks at a program that works on and on.</summary>
    private static readonly TimeSpan _far = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits for rest, so that it may be frozen.</summary>
    /// <param name="generation">Which one.</param>
    /// <param name="flush">
    /// A signal on which it writes what it keeps in buffers: sent once it rests, if it has a handler for it; then it has to rest again.
    /// </param>
    /// <param name="timeout">How long.</param>
    /// <param name="giveUp">Ends the waiting.</param>
    /// <returns>Null when it rests, else what it still had to do.</returns>
    public string? Await(IGeneration generation, int? flush, TimeSpan timeout, Func<bool> giveUp)
    {
        var flushed = false;
        var rest = new Watch(this, generation);
        while (true)
        {
            if (rest.Look())
            {
                if (flushed || flush is not { } signal || !generation.Catches(signal))
                {
                    return null;
                }

                flushed = true;
                generation.Signal(signal);
                rest.Forget();
            }
            else if (generation.Exited.IsCompleted || giveUp() || rest.Elapsed >= timeout)
            {
                return rest.Why;
            }

            rest.Pause();
        }
    }

    /// <summary>The same, but one that somebody has stopped is not waited for.</summary>
    public string? AwaitUnlessStopped(IGeneration generation, int? flush, TimeSpan timeout, Func<bool> giveUp) =>
        Await(generation, flush, timeout, () => giveUp() || generation.Activity().IsStopped);

    /// <summary>
    /// Waits for rest before the generation is told to end. One that wakes up by the clock never rests: for it it is enough to have
    /// read everything and to do next to nothing.
    /// </summary>
    /// <param name="generation">Which one.</param>
    /// <param name="flush">See <see cref="Await"/>.</param>
    /// <param name="timeout">How long.</param>
    /// <param name="sleep">What a sleep by the clock means.</param>
    /// <returns>Null when it is done, else what it still had to do.</returns>
    public string? Finish(IGeneration generation, int? flush, TimeSpan timeout, Sleep sleep = Sleep.Unknown)
    {
        CalmJudge? calm = null;
        var began = time.GetTimestamp();
        var busy = Await(generation, flush, timeout, () =>
        {
            calm = sleep != Sleep.WorkThatMayEnd && traffic.HasRead(generation.Number)
                ? CalmJudge.After(calm, time.GetElapsedTime(began), generation.Activity())
                : null;
            return calm is { IsCalm: true };
        });
        return busy is null || generation.Exited.IsCompleted ? null
            : calm is { IsCalm: true } ? sleep == Sleep.Unknown ? null : $"{busy}, which it is not expected to end"
            : $"within drain.timeout of {Durations.FormatBrief(timeout)} it did not come to rest: {busy}";
    }

    /// <summary>What it means that a thread sleeps by the clock, and does not just wait for its next message.</summary>
    public enum Sleep
    {
        /// <summary>Nobody knows: many programs do so with nothing in hand.</summary>
        Unknown,

        /// <summary>It has work in hand, which others would be held up for if it were awaited.</summary>
        Work,

        /// <summary>It has work in hand, and may take all its time to get rid of it.</summary>
        WorkThatMayEnd,
    }

    /// <summary>One wait, look by look.</summary>
    private sealed class Watch(RestWatch room, IGeneration generation)
    {
        private readonly long _began = room.Time.GetTimestamp();
        private QuiescenceJudge _judge = QuiescenceJudge.None;
        private TimeSpan _pause = _close;

        public string Why { get; private set; } = "";

        public TimeSpan Elapsed => room.Time.GetElapsedTime(_began);

        public bool Look()
        {
            var read = room.Traffic.HasRead(generation.Number);
            _judge = read ? _judge.With(generation.Activity()) : QuiescenceJudge.None;
            Why = read ? _judge.Busy ?? "" : "it had not read all that it was given";
            return _judge.AtRest;
        }

        public void Forget() => _judge = QuiescenceJudge.None;

        public void Pause()
        {
            _pause = _judge.Equal > 0 ? _close : _pause < _far ? _pause * 1.25 : _far;
            Linux.Pause.For(_pause);
        }
    }

    private ITraffic Traffic => traffic;

    private TimeProvider Time => time;
}
