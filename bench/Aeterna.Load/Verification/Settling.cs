using System.Diagnostics;
using Aeterna.Load.Accounts;

namespace Aeterna.Load.Verification;

/// <summary>Waits until a program has written all that it was sent.</summary>
internal static class Settling
{
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(20);

    /// <summary>After the last expected message has been seen the files must rest this long: a doubled one would come now.</summary>
    private static readonly TimeSpan _rest = TimeSpan.FromMilliseconds(300);

    /// <summary>Waits until every message that was sent is in the files and they have stopped growing, or they have not grown for long.</summary>
    /// <param name="verifier">Reads the files.</param>
    /// <param name="sent">What was sent; the run must have ended.</param>
    /// <param name="patience">Time without growth after which missing messages are given up.</param>
    /// <param name="limit">Time after which the files are given up although they grow.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>Whether every message is there.</returns>
    public static async Task<bool> Wait(
        Verifier verifier, IReadOnlyCollection<SourceSent> sent, TimeSpan patience, TimeSpan limit, CancellationToken cancel = default)
    {
        var begun = Stopwatch.GetTimestamp();
        var grown = begun;
        while (true)
        {
            if (verifier.Poll() > 0)
            {
                grown = Stopwatch.GetTimestamp();
            }

            var quiet = Stopwatch.GetElapsedTime(grown);
            if (quiet > _rest && verifier.IsComplete(sent))
            {
                return true;
            }

            if (quiet > patience || Stopwatch.GetElapsedTime(begun) > limit)
            {
                return verifier.IsComplete(sent);
            }

            await Task.Delay(_poll, cancel).ConfigureAwait(false);
        }
    }
}
