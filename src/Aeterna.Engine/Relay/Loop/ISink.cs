namespace Aeterna.Relay.Loop;

/// <summary>What gets the events of a descriptor. Called on its loop's thread; never waits.</summary>
internal interface ISink
{
    /// <summary>Something happened; <paramref name="events"/> as epoll has it, 0 for a turn that the sink itself asked for.</summary>
    void Ready(uint events);

    /// <summary>It threw: it has to end what it serves.</summary>
    void Fail(Exception error);
}
