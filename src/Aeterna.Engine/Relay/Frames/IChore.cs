namespace Aeterna.Relay.Frames;

/// <summary>Work that comes again and again as long as there is some. Called on its loop's thread; never waits.</summary>
internal interface IChore
{
    /// <summary>Soon, while somebody waits for a generation to have read all.</summary>
    /// <returns>Whether it is to come again.</returns>
    bool Tick();

    /// <summary>A few times a second.</summary>
    /// <returns>Whether it is to come again.</returns>
    bool Sweep();
}
