namespace Aeterna.Generations.Freezing;

/// <summary>Holds all processes of a generation still. May be used from any thread.</summary>
internal interface IFreezer
{
    /// <summary>They are held still.</summary>
    bool IsFrozen { get; }

    /// <summary>See <see cref="IGeneration.Freeze"/>.</summary>
    bool Freeze(CancellationToken cancel);

    /// <summary>See <see cref="IGeneration.Thaw"/>.</summary>
    void Thaw();
}
