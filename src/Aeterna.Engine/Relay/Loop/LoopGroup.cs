using Aeterna.Relay.Kept;
using Microsoft.Extensions.Logging;

namespace Aeterna.Relay.Loop;

/// <summary>The loops that all relays of the engine share: as many as there are processors, four at most.</summary>
internal sealed class LoopGroup : IDisposable
{
    private const int Most = 4;

    /// <param name="log">The log.</param>
    /// <param name="count">How many; null: by the machine.</param>
    /// <param name="memory">Bytes that the streams of all loops may hold; each loop has its part.</param>
    /// <param name="kept">What outlives the engine; null: nothing does.</param>
    public LoopGroup(ILogger log, int? count = null, long memory = long.MaxValue, KeptRelays? kept = null)
    {
        var loops = count ?? Math.Min(Environment.ProcessorCount, Most);
        Loops = [.. Enumerable.Range(0, loops).Select(i => new EventLoop(i, log, memory / loops, kept))];
    }

    public IReadOnlyList<EventLoop> Loops { get; }

    /// <summary>
    /// Has something done on each loop, side by side, and waits until all are done. <paramref name="work"/> gets the loop's index and
    /// a call that it makes when it is done, with its result. Never called on a loop, which would wait for itself.
    /// </summary>
    public IReadOnlyList<T> Run<T>(Action<int, TaskCompletionSource<T>> work)
    {
        if (Loops.Any(loop => loop.IsCurrent))
        {
            throw new InvalidOperationException("a relay cannot be directed from one of its own threads");
        }

        var answers = Loops.Select(_ => new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously)).ToList();
        for (var i = 0; i < Loops.Count; i++)
        {
            var (index, answer) = (i, answers[i]);
            if (!Loops[i].Post(Do))
            {
                Do(); // The loop has ended: nothing else is done on it any more.
            }

            void Do()
            {
                try
                {
                    work(index, answer);
                }
                catch (Exception e)
                {
                    answer.TrySetException(e);
                }
            }
        }

        return [.. answers.Select(a => a.Task.GetAwaiter().GetResult())];
    }

    /// <summary>The same for work that is done in one go.</summary>
    public IReadOnlyList<T> Run<T>(Func<int, T> work) => Run<T>((index, answer) => answer.SetResult(work(index)));

    /// <summary>Has all stand still until the answer is disposed; null when that does not come about. Never called on a loop.</summary>
    public StillLoops? HoldStill() => StillLoops.Of(Loops);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var loop in Loops)
        {
            loop.Dispose();
        }
    }
}
