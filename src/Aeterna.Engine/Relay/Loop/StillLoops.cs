namespace Aeterna.Relay.Loop;

/// <summary>Loops that stand still, each between two events, until this is disposed.</summary>
internal sealed class StillLoops : IDisposable
{
    // A loop may give another one work just before it stops itself.
    private const int Most = 100;

    private readonly ManualResetEventSlim _goOn = new();
    private readonly CountdownEvent _stopped;
    private readonly CountdownEvent _gone;

    private StillLoops(IReadOnlyList<EventLoop> loops)
    {
        (_stopped, _gone) = (new CountdownEvent(loops.Count), new CountdownEvent(loops.Count));
        foreach (var loop in loops)
        {
            if (!loop.Post(Stand))
            {
                _stopped.Signal(); // It has ended.
                _gone.Signal();
            }
        }

        _stopped.Wait();
    }

    /// <summary>Has loops stand still when all that was posted to them is done; null when that does not come about.</summary>
    public static StillLoops? Of(IReadOnlyList<EventLoop> loops)
    {
        for (var i = 0; i < Most; i++)
        {
            var still = new StillLoops(loops);
            if (!loops.Any(loop => loop.HasMail))
            {
                return still;
            }

            still.Dispose();
        }

        return null;
    }

    /// <summary>Lets them go on.</summary>
    public void Dispose()
    {
        _goOn.Set();
        _gone.Wait();
        _goOn.Dispose();
        _stopped.Dispose();
        _gone.Dispose();
    }

    private void Stand()
    {
        _stopped.Signal();
        _goOn.Wait();
        _gone.Signal();
    }
}
