using Aeterna.Generations;
using Aeterna.Health.Quiescence;
using Aeterna.Linux;
using Aeterna.Listeners.Outside;
using Aeterna.Listeners.Traffic;

namespace Aeterna.Orchestration.Switching;

/// <summary>
/// Waits until a daemon that the engine has not started has nothing in hand that it could not get rid of at its end. Unix datagrams cannot be kept from one that
/// reads them by itself: with these it is enough that it keeps up, which is seen by its being idle whenever it is looked at. Blocks its thread.
/// </summary>
internal sealed class OutsideRest(ITraffic traffic, RestWatch rest, TimeProvider time, IOutsideSockets sockets, OutsideDoor door)
{
    /// <summary>Looks in a row that find it idle; one with a queue behind it would be at work at nearly all of them.</summary>
    private const int Looks = 25;

    private static readonly TimeSpan _strict = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _loose = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _between = TimeSpan.FromMilliseconds(1);

    /// <param name="daemon">It.</param>
    /// <param name="flush">See <see cref="RestWatch.Await"/>.</param>
    /// <param name="timeout">How long.</param>
    /// <param name="giveUp">Ends the waiting.</param>
    /// <returns>Null when it has nothing in hand, else what it still had to do.</returns>
    public string? Await(IGeneration daemon, int? flush, TimeSpan timeout, Func<bool> giveUp)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var left = timeout - time.GetElapsedTime(began);
            var busy = rest.Await(daemon, flush, sockets.TakesDatagrams && left > _strict ? _strict : left, giveUp);
            var isFree = busy is null || (sockets.TakesDatagrams && KeepsUp(daemon, giveUp));
            if (isFree && door.HasRead())
            {
                return null;
            }

            if (giveUp() || time.GetElapsedTime(began) >= timeout)
            {
                return busy ?? "it had not read all that has come to it";
            }
        }
    }

    private bool KeepsUp(IGeneration daemon, Func<bool> giveUp)
    {
        var began = time.GetTimestamp();
        for (var idle = 0; time.GetElapsedTime(began) < _loose && !giveUp(); Pause.For(_between))
        {
            idle = traffic.HasRead(daemon.Number) && QuiescenceJudge.None.With(daemon.Activity()).Equal > 0 ? idle + 1 : 0;
            if (idle == Looks)
            {
                return true;
            }
        }

        return false;
    }
}
